"""What spoke for and against a scored pair: the weight of each comparison, kept with the edge.

It cannot be had later: the compared nodes and the frequencies of names are the night's, and the model may
have been trained anew since.
"""

from __future__ import annotations

import math
from typing import Any

from cdp_pipeline.engine import quote_literal

PRIOR_LEVEL = "two records drawn at random"
RARITY_LEVEL = "rarity of the value"
MISSING_LEVEL = "not compared"
"""A value is missing on one side, or its words have spoken under another comparison (swapped names)."""

OTHER_LEVEL = "differs"


def comparison_weights(comparisons: list[dict[str, Any]], prior: float) -> str:
    """Return the expression of a scored pair's evidence: a list of comparison, comparison_level, match_weight.

    The weights are log2 units and sum to the pair's match weight; the prior stands first.

    Args:
        comparisons: those of the model, as Splink saves them.
        prior: probability that two records drawn at random are one person.
    """
    parts = [_part("prior", quote_literal(PRIOR_LEVEL), str(math.log2(prior / (1 - prior))))]
    for comparison in comparisons:
        name, levels = comparison["output_column_name"], comparison["comparison_levels"]
        parts.append(_part(name, _level_of(f"mw_{name}", levels), f"mw_{name}"))
        if any(level.get("tf_adjustment_column") for level in levels):
            parts.append(_part(name, quote_literal(RARITY_LEVEL), f"mw_tf_adj_{name}"))
    return (
        f"list_filter([{', '.join(parts)}], "
        f"lambda part: part.comparison_level <> '{RARITY_LEVEL}' or part.match_weight <> 0)"
    )


def _part(comparison: str, level: str, weight: str) -> str:
    return (
        f"{{'comparison': {quote_literal(comparison)}, 'comparison_level': {level}, "
        f"'match_weight': round(cast({weight} as double), 4)}}"
    )


def _level_of(weight: str, levels: list[dict[str, Any]]) -> str:
    """Return the expression that tells a level by its weight.

    Splink hands out the level's number only together with the compared values, which are large.
    """
    known = [level for level in levels if level.get("m_probability") and level.get("u_probability")]
    named = "".join(
        f"when abs({weight} - {math.log2(level['m_probability'] / level['u_probability'])}) < 1e-6 "
        f"then {quote_literal(_label(level))} "
        for level in known
    )
    return f"case {named}else {quote_literal(MISSING_LEVEL)} end"


def _label(level: dict[str, Any]) -> str:
    return OTHER_LEVEL if level["sql_condition"] == "ELSE" else str(level["label_for_charts"])
