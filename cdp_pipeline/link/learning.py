"""Learning the model's probabilities from the pairs of a file that no rule covers and nobody labelled."""

from __future__ import annotations

import math
from collections.abc import Mapping
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

Taught = Mapping[str, Mapping[int, float]]
"""By comparison and level (0 the last one) how many labelled pairs agree so."""

ENOUGH_TAUGHT_PAIRS = 50
"""So many pairs that rules joined show what an attribute is worth: the room or the day of a stay nothing, a tax number
much. Left to the fit, columns that tell nothing of a person pull it towards pairs that have just them in common."""

MOST_DIFFERENT_NAMES = 0.5
"""Fewer of one person's pairs of records differ in the given or in the family name; in poor lists up to a quarter."""

USUAL = np.array([0.15, 0.05, 0.05, 0.75])
"""What to expect of an unknown attribute, from different to equal: mostly equal, sometimes mistyped."""

KNOWN_PAIRS = 100.0
"""So many pairs are the first probabilities worth: they rule small files, not large ones."""

PERSONAL_SHARE = 0.3
"""An attribute with this many different values per filled record belongs to one person, as a tax number does."""

SELDOM_REPEATED = 0.5
"""An attribute with this many different values per filled record tells people apart even where the fit goes astray."""

SHARED_IDENTIFIER = 1e-3
"""Relatives have one personal number in common only by mistake."""


def learn_without_labels(
    workspace: Engine, model: dict[str, Any], linkage: Linkage, nodes: int, seed: int, taught: Taught
) -> None:
    """Fit the model to the blocked pairs: levels, prior, and the odds of one person to relatives.

    Where the pairs show relatives, what rules and another model taught is kept, and only the file's own columns
    are learned: left to itself, the fit takes more and more relatives for one person.

    Args:
        taught: by comparison and level how many pairs agree of those that rules joined by something else.
    """
    names = [comparison["output_column_name"] for comparison in model["comparisons"]]
    share = block_some(workspace, linkage, seed)
    patterns = _patterns(workspace, model, names, nodes, share)
    learned = _learn_of_fewer_columns(workspace, model, patterns, nodes, taught)
    if learned is None:
        return
    relatives_prior = math.log2(learned.one_person_pairs / learned.relatives_pairs)
    for k, comparison in enumerate(model["comparisons"]):
        if relatives_prior < NO_RELATIVES and not names[k].startswith(PREFIX):
            continue
        levels = levels_of(comparison)[::-1]
        one_person = learned.one_person[k]
        if names[k].startswith(PREFIX):
            one_person = levels_in_order(one_person, np.array([level["u_probability"] for level in levels]))
        for gamma, level in enumerate(levels):
            level["m_probability"] = float(one_person[gamma])
            level[RELATIVES] = float(learned.relatives[k][gamma])
    if relatives_prior >= NO_RELATIVES:
        prior = learned.one_person_pairs / BLOCKING_RECALL / patterns.all_pairs
        model[PRIOR] = min(prior, MOST_PRIOR)
        model[RELATIVES_PRIOR] = relatives_prior


def _learn_of_fewer_columns(
    workspace: Engine, model: dict[str, Any], patterns: Patterns, nodes: int, taught: Taught
) -> Mixture | None:
    """Fit with all attributes, else with those whose values seldom repeat, else with none; nothing if all go astray."""
    names = [comparison["output_column_name"] for comparison in model["comparisons"]]
    learns = [not name.startswith(PREFIX) for name in names]
    for least_share in (0.0, SELDOM_REPEATED, math.inf):
        start, known_pairs = _start(workspace, model, nodes, taught, least_share)
        learned = learn(patterns, start, known_pairs, learns)
        if not is_astray(learned, names):
            return learned
    return None


def block_some(workspace: Engine, linkage: Linkage, seed: int) -> float:
    """Create `blocked_pair` of at most about MAX_COMPARED_PAIRS, and return the share of all that they are."""
    keys = [rule.keys for rule in blocking_rules(workspace, linkage)]
    share = share_of(count_pairs(workspace, keys, linkage.block.max_records), MAX_COMPARED_PAIRS)
    create_blocked_pairs(workspace, linkage, chosen(share, seed))
    return share


def is_astray(learned: Mixture, names: list[str]) -> bool:
    """Tell whether the fit took for one person what has something else in common: then most names differ."""
    differ = {name: learned.one_person[names.index(name)][0] for name in ("given_name", "family_name")}
    return bool(max(differ.values()) > MOST_DIFFERENT_NAMES)


def _start(
    workspace: Engine, model: dict[str, Any], nodes: int, taught: Taught, least_share: float
) -> tuple[Mixture, list[float]]:
    """Return the probabilities to begin with, and by comparison as how many pairs they count.

    Args:
        least_share: of different values among the filled ones, below which an untaught attribute says nothing.
    """
    one_person, relatives, strangers, known_pairs = [], [], [], []
    for comparison in model["comparisons"]:
        levels = levels_of(comparison)[::-1]
        m = np.array([level["m_probability"] for level in levels])
        u = np.array([level["u_probability"] for level in levels])
        h = np.array([level[RELATIVES] for level in levels])
        name, known = comparison["output_column_name"], KNOWN_PAIRS
        if name.startswith(PREFIX):
            share = _share_of_different(workspace, name)
            m, h, known = _start_of_attribute(taught[name], u, share, says_nothing=share < least_share)
        one_person.append(m / m.sum())
        relatives.append(h / h.sum())
        strangers.append(u)
        known_pairs.append(known)
    matches = model[PRIOR] * nodes * (nodes - 1) / 2
    return Mixture(one_person, relatives, strangers, matches, matches), known_pairs


def _start_of_attribute(
    taught: Mapping[int, float], strangers: Any, share_of_different: float, *, says_nothing: bool
) -> tuple[Any, Any, float]:
    """Return how often one person's records and relatives' agree in an attribute, and what that counts in pairs.

    What enough labelled pairs show stays as it is, and so does what is to say nothing.
    """
    if sum(taught.values()) >= ENOUGH_TAUGHT_PAIRS:
        seen = np.array([taught.get(gamma, 0.0) for gamma in range(len(strangers))]) + strangers
        one_person, known = levels_in_order(seen / seen.sum(), strangers), math.inf
    elif says_nothing:
        return strangers, strangers, math.inf
    else:
        one_person, known = USUAL, KNOWN_PAIRS
    if share_of_different >= PERSONAL_SHARE:
        return one_person, np.maximum(strangers, SHARED_IDENTIFIER), known
    return one_person, one_person, known


def levels_in_order(one_person: Any, strangers: Any) -> Any:
    """Return an attribute's probabilities with its levels in order: equal tells most, different never speaks for.

    One value in common, of several, hardly ever shows among single records: it tells as much as equal values do. And
    to agree never speaks against one person.
    """
    different, mistyped, in_common, equal = range(4)
    odds = one_person / strangers
    odds[equal] = max(odds[equal], 1.0)
    odds[in_common] = odds[equal]
    odds[mistyped] = np.clip(odds[mistyped], 1.0, odds[equal])
    odds[different] = min(odds[different], 1.0)
    return odds * strangers


def _share_of_different(workspace: Engine, column: str) -> float:
    """Return how many different values an attribute has per node that has one: 1 where none repeats."""
    share = workspace.fetch_value(f"select count(distinct {column}) / greatest(count({column}), 1) from node")
    return float(share)


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
