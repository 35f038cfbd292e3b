"""What people decided about pairs, as labels: must-links are one person's, never-links of one home two relatives'.

Reviewed pairs are the hard ones, which no rule joins: neither as frequent nor as alike as those that rules label.
They stand for their own part of all pairs, HARD_SHARE of them, and fill it as their number grows: of n decisions
that say something of a comparison the share is HARD_SHARE * n / (n + TRUSTED_DECISIONS). Ten move no probability by
more than two hundredths, any number by no more than a fifth.

A never-link between strangers teaches nothing: how strangers agree is counted on random pairs, and these were picked
because they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdp_pipeline.link.decision_conflicts import DECISION_CONFLICT, PAIR
from cdp_pipeline.link.decisions import MUST_LINK, NEVER_LINK
from cdp_pipeline.link.labels import home_pairs
from cdp_pipeline.link.record_sides import is_side

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.engine import Engine

HARD_SHARE = 0.2
"""Share of the true pairs that rules leave apart, on retail data; pairs like those that people are asked about."""

TRUSTED_DECISIONS = 100
"""So many decisions fill half of their share: a level of 0.1 is then known to within 0.03."""

Counts = dict[str, dict[int, float]]


@dataclass(frozen=True)
class DecidedLabels:
    """How many decisions taught.

    Attributes:
        matches: must-links.
        relatives: never-links of two records that share a contact or an address.
        strangers: other never-links, which teach nothing.
        left_out: decisions on records that are not there, that are equal in everything, or that contradict others.
    """

    matches: int = 0
    relatives: int = 0
    strangers: int = 0
    left_out: int = 0

    @property
    def used(self) -> int:
        """Decisions that taught."""
        return self.matches + self.relatives


def create_decided_labels(workspace: Engine, decided: pa.Table) -> DecidedLabels:
    """Create `decided_match` and `decided_relative` (join_key_l, join_key_r, found_by) from people's decisions.

    Reads `assignment`, whose clusters are the nodes. found_by is what the two have in common of a home: that cannot
    teach how often relatives share it.

    Args:
        decided: decision, and the columns of both records' keys; one row per pair.
    """
    workspace.execute(f"create table if not exists {DECISION_CONFLICT}")
    with workspace.arrow_view(decided.select(["decision", *PAIR])) as view:
        workspace.replace_table("decided_pair", _decided_nodes(view))
    workspace.replace_table(
        "decided_match",
        f"""
        select join_key_l, join_key_r, cast([] as varchar[]) as found_by
        from decided_pair where decision = '{MUST_LINK}'
        """,
    )
    workspace.replace_table(
        "decided_relative",
        f"""
        select join_key_l, join_key_r, found_by
        from ({home_pairs()})
        semi join (from decided_pair where decision = '{NEVER_LINK}') using (join_key_l, join_key_r)
        """,
    )
    matches = workspace.row_count("decided_match")
    never = workspace.row_count("decided_pair") - matches
    relatives = int(
        workspace.fetch_value("select count(distinct (join_key_l, join_key_r)) from decided_relative")
    )
    return DecidedLabels(matches, relatives, never - relatives, decided.num_rows - matches - never)


def add_decided(counts: Counts, decided: Counts) -> None:
    """Add to the counts of labelled pairs what decided ones show, so that these fill their share and no more."""
    for name, levels in decided.items():
        labelled, told = sum(counts[name].values()), sum(levels.values())
        share = HARD_SHARE * told / (told + TRUSTED_DECISIONS)
        weight = share / (1 - share) * labelled / told if told else 0.0
        for gamma, pairs in levels.items():
            counts[name][gamma] = counts[name].get(gamma, 0) + weight * pairs


def _decided_nodes(decided: str) -> str:
    """Return a query of the nodes of each decided pair, without pairs on which decisions contradict each other."""
    return f"""
        with paired as (
            select
                decision, least(a.cluster, b.cluster) as join_key_l, greatest(a.cluster, b.cluster) as join_key_r
            from (from {decided} anti join decision_conflict using ({", ".join(PAIR)})) as decided
            inner join record as l on {is_side("l", "left", "decided")}
            inner join record as r on {is_side("r", "right", "decided")}
            inner join assignment as a on a.record = l.record
            inner join assignment as b on b.record = r.record
        )
        select join_key_l, join_key_r, min(decision) as decision
        from paired
        semi join node as l on join_key_l = l.unique_id
        semi join node as r on join_key_r = r.unique_id
        where join_key_l <> join_key_r
        group by join_key_l, join_key_r
        having count(distinct decision) = 1
    """
