"""Learning the model's probabilities from the pairs of a file that no rule covers and nobody labelled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cdp_pipeline.link.attributes import PREFIX
from cdp_pipeline.link.blocks import blocking_rules, create_blocked_pairs
from cdp_pipeline.link.evidence import RELATIVES, RELATIVES_PRIOR
from cdp_pipeline.link.labels import teaches
from cdp_pipeline.link.mixture import Mixture, Patterns, learn
from cdp_pipeline.link.pair_sample import chosen, count_pairs, share_of
from cdp_pipeline.link.splink_model import NO_RELATIVES, PRIOR, compare, levels_of

if TYPE_CHECKING:
    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine

MAX_COMPARED_PAIRS = 500_000
"""Of more blocked pairs a random part is compared and stands for all: more would only cost memory."""

BLOCKING_RECALL = 0.95
"""Share of the true pairs that the blocking rules bring to the table."""

MOST_PRIOR = 0.5
"""Even where nearly all records are one person's, the evidence decides and not their number."""

KNOWN_PAIRS = 100.0
"""So many pairs are the first probabilities worth: they rule small files, not large ones."""

PERSONAL_SHARE = 0.3
"""An attribute with this many different values per filled record belongs to one person, as a tax number does."""

SHARED_IDENTIFIER = 1e-3
"""Relatives have one personal number in common only by mistake."""


def learn_without_labels(
    workspace: Engine, model: dict[str, Any], linkage: Linkage, nodes: int, seed: int
) -> None:
    """Fit the model to the blocked pairs: levels, prior, and the odds of one person to relatives.

    Where the pairs show relatives, what rules and another model taught is kept, and only the file's own columns
    are learned: left to itself, the fit takes more and more relatives for one person.
    """
    names = [comparison["output_column_name"] for comparison in model["comparisons"]]
    share = block_some(workspace, linkage, seed)
    patterns = _patterns(workspace, model, names, nodes, share)
    start = _start(workspace, model, nodes)
    learns = [not name.startswith(PREFIX) for name in names]
    learned = learn(patterns, start, KNOWN_PAIRS, learns)
    relatives_prior = math.log2(learned.one_person_pairs / learned.relatives_pairs)
    for k, comparison in enumerate(model["comparisons"]):
        if relatives_prior < NO_RELATIVES and not names[k].startswith(PREFIX):
            continue
        for gamma, level in enumerate(reversed(levels_of(comparison))):
            level["m_probability"] = float(learned.one_person[k][gamma])
            level[RELATIVES] = float(learned.relatives[k][gamma])
    if relatives_prior >= NO_RELATIVES:
        prior = learned.one_person_pairs / BLOCKING_RECALL / patterns.all_pairs
        model[PRIOR] = min(prior, MOST_PRIOR)
        model[RELATIVES_PRIOR] = relatives_prior


def block_some(workspace: Engine, linkage: Linkage, seed: int) -> float:
    """Create `blocked_pair` of at most about MAX_COMPARED_PAIRS, and return the share of all that they are."""
    keys = [rule.keys for rule in blocking_rules(workspace, linkage)]
    share = share_of(count_pairs(workspace, keys, linkage.block.max_records), MAX_COMPARED_PAIRS)
    create_blocked_pairs(workspace, linkage, chosen(share, seed))
    return share


def _start(workspace: Engine, model: dict[str, Any], nodes: int) -> Mixture:
    one_person, relatives, strangers = [], [], []
    for comparison in model["comparisons"]:
        levels = levels_of(comparison)[::-1]
        m = np.array([level["m_probability"] for level in levels])
        u = np.array([level["u_probability"] for level in levels])
        h = np.array([level[RELATIVES] for level in levels])
        name = comparison["output_column_name"]
        if name.startswith(PREFIX):
            m = _usual(len(levels))
            h = np.maximum(u, SHARED_IDENTIFIER) if _is_personal(workspace, name) else m
        one_person.append(m / m.sum())
        relatives.append(h / h.sum())
        strangers.append(u)
    matches = model[PRIOR] * nodes * (nodes - 1) / 2
    return Mixture(one_person, relatives, strangers, matches, matches)


def _usual(levels: int) -> Any:
    """Return what to expect of an unknown column: mostly equal, sometimes mistyped, seldom different."""
    usual = np.full(levels, 0.05)
    usual[-1], usual[0] = 0.75, 0.15
    return usual


def _is_personal(workspace: Engine, column: str) -> bool:
    """Tell whether an attribute is a person's own, by how rarely its values repeat."""
    share = workspace.fetch_value(f"select count(distinct {column}) / greatest(count({column}), 1) from node")
    return bool(share >= PERSONAL_SHARE)


def _patterns(
    workspace: Engine, model: dict[str, Any], names: list[str], nodes: int, share: float
) -> Patterns:
    """Count the patterns of agreement among the blocked pairs, which are a share of all."""
    workspace.replace_table(
        "label_pair",
        "select distinct '0' as match_key, join_key_l, join_key_r from blocked_pair order by all",
    )
    compare(workspace, model, "label_pair", "compared_label")
    flags = ", ".join(f"bool_or({teaches(name)}) as teaches_{name}" for name in names)
    columns = [f"gamma_{name}" for name in names] + [f"teaches_{name}" for name in names]
    found = workspace.fetch_arrow(
        f"""
        with found as (select join_key_l, join_key_r, {flags} from blocked_pair group by join_key_l, join_key_r)
        select {", ".join(columns)}, count(*) as pairs
        from compared_label inner join found using (join_key_l, join_key_r)
        group by {", ".join(columns)}
        order by {", ".join(columns)}
        """
    )
    arrays = {name: found.column(name).to_numpy() for name in found.column_names}
    return Patterns(
        np.column_stack([arrays[f"gamma_{name}"] for name in names]).astype(np.int64),
        np.column_stack([arrays[f"teaches_{name}"] for name in names]).astype(bool),
        arrays["pairs"].astype(np.float64) / share,
        nodes * (nodes - 1) / 2,
    )
