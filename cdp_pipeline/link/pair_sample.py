"""A bounded, repeatable choice among pairs of nodes, so that what a file teaches costs the same at any size.

The choice is drawn from the nodes' numbers, which follow the records' keys: equal records and seed give equal
pairs, whatever the order of the rows and the number of threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.rules import group_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdp_pipeline.contracts.linkage import LinkKey
    from cdp_pipeline.engine import Engine

ALL_PAIRS = "true"
MODULUS = 2_147_483_647
"""A prime below 2^31: products of two rests fit a BIGINT."""


def count_pairs(workspace: Engine, groups: Iterable[Sequence[LinkKey]], max_group: int) -> int:
    """Count the pairs of nodes that share a group, once for every group, from the sizes alone.

    Args:
        groups: keys that make a group together, once for each kind of group.
        max_group: larger groups form no pairs.
    """
    counts = " union all ".join(
        f"""
        select count(*) * (count(*) - 1) // 2 as pairs
        from (select distinct node, group_key from ({group_members(keys, "node_key", "node")}))
        inner join node on node = unique_id
        group by group_key
        having count(*) <= {max_group}
        """
        for keys in groups
    )
    return int(workspace.fetch_value(f"select cast(coalesce(sum(pairs), 0) as bigint) from ({counts})"))


def share_of(pairs: int, most: int) -> float:
    """Return the share to choose so that about `most` remain."""
    return min(1.0, most / max(pairs, 1))


def chosen(share: float, seed: int) -> str:
    """Return the condition under which the pair of nodes l.node and r.node belongs to the choice."""
    if share >= 1:
        return ALL_PAIRS
    mixed = f"((l.node * 1000003 + r.node * 998244353 + {seed % MODULUS * 7919}) % {MODULUS})"
    # A line through the numbers alone would choose neighbours together; its square scatters them.
    return f"({mixed} * {mixed}) % {MODULUS} < {int(share * MODULUS)}"
