"""What spoke for and against a scored pair: the weight of each comparison, kept with the edge.

A pair that agrees has two other explanations: chance, as among strangers, and a common home, as among
relatives, who share name, address and contacts. Splink weighs the first. The second is weighed here, and
the pair's match weight answers to both: it never exceeds the smaller one.

The evidence cannot be had later: the compared nodes and the frequencies of names are the night's, and the
model may have been trained anew since.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cdp_pipeline.engine import quote_literal

RELATIVES = "relatives_probability"
"""Share of the pairs of relatives that agree at a level, in the levels of the model."""

PRIOR_LEVEL = "two records drawn at random"
RELATIVES_LEVEL = "two records of one home"
RARITY_LEVEL = "rarity of the value"
NAMESAKE_LEVEL = "people of the full name"
"""What the lists of accounts know about who else bears the name; `against_strangers` holds it already."""

MISSING_LEVEL = "not compared"
"""A value is missing on one side, or its words have spoken under another comparison (swapped names)."""

OTHER_LEVEL = "differs"
BOTH = "both explanations"
"""What the weaker explanation takes away: a pair may be relatives or strangers."""

RELATIVES_PRIOR = "relatives_prior"
"""Log2 odds of a pair of one home being one person before anything is compared, in the model; 0 without.

On retail data 0 fits: of the pairs with one name and one address and nothing else known 98.5 in 100 were one
person, which is what the agreement of the given name alone gives."""


@dataclass(frozen=True)
class Evidence:
    """SQL expressions over Splink's predictions.

    Attributes:
        comparisons: those of the model.
        prior: probability that two records drawn at random are one person.
        relatives_prior: log2 odds of two records of one home being one person.
    """

    comparisons: list[dict[str, Any]]
    prior: float
    relatives_prior: float

    @property
    def against_relatives(self) -> str:
        """Return the expression of the match weight if the other explanation is a common home."""
        weights = " + ".join(self._relatives_weight(comparison) for comparison in self.comparisons)
        return f"{self.relatives_prior} + {weights}"

    @property
    def comparison_weights(self) -> str:
        """Return the expression of the evidence: a list of comparison, comparison_level, match_weight.

        It is that of the stronger alternative, the prior first, and sums to `judged_weight`.
        """
        return f"""
            case when against_strangers <= against_relatives
            then {self._against_strangers()} else {self._against_relatives()} end
        """

    def _against_strangers(self) -> str:
        log_odds = math.log2(self.prior / (1 - self.prior))
        parts = [_part("prior", quote_literal(PRIOR_LEVEL), str(log_odds))]
        for comparison in self.comparisons:
            name, levels = comparison["output_column_name"], comparison["comparison_levels"]
            parts.append(_part(name, _level_of(comparison), f"mw_{name}"))
            if any(level.get("tf_adjustment_column") for level in levels):
                parts.append(_part(name, quote_literal(RARITY_LEVEL), f"mw_tf_adj_{name}"))
        parts.append(_part("family_name", quote_literal(NAMESAKE_LEVEL), "namesake_weight"))
        return _filtered([*parts, _part("prior", quote_literal(BOTH), "judged_weight - against_strangers")])

    def _against_relatives(self) -> str:
        parts = [_part("prior", quote_literal(RELATIVES_LEVEL), str(self.relatives_prior))]
        for comparison in self.comparisons:
            weight = self._relatives_weight(comparison)
            parts.append(_part(comparison["output_column_name"], _level_of(comparison), weight))
        return _filtered([*parts, _part("prior", quote_literal(BOTH), "judged_weight - against_relatives")])

    def _relatives_weight(self, comparison: dict[str, Any]) -> str:
        name = comparison["output_column_name"]
        weights = "".join(
            f"when {level_condition(name, level)} then {math.log2(level['m_probability'] / level[RELATIVES])} "
            for level in levels_that_speak(comparison)
        )
        return f"(case {weights}else 0 end)"


def _filtered(parts: list[str]) -> str:
    return (
        f"list_filter([{', '.join(parts)}], lambda part: "
        f"part.comparison_level not in ('{RARITY_LEVEL}', '{NAMESAKE_LEVEL}', '{BOTH}') "
        "or abs(part.match_weight) >= 0.0001)"
    )


def _part(comparison: str, level: str, weight: str) -> str:
    return (
        f"{{'comparison': {quote_literal(comparison)}, 'comparison_level': {level}, "
        f"'match_weight': round(cast({weight} as double), 4)}}"
    )


def _level_of(comparison: dict[str, Any]) -> str:
    """Return the expression of the level at which a pair agrees."""
    name = comparison["output_column_name"]
    named = "".join(
        f"when {level_condition(name, level)} then {quote_literal(_label(level))} "
        for level in levels_that_speak(comparison)
    )
    return f"case {named}else {quote_literal(MISSING_LEVEL)} end"


def level_condition(comparison: str, level: dict[str, Any]) -> str:
    """Tell a level by its weight: Splink hands out its number only together with the compared values."""
    weight = math.log2(level["m_probability"] / level["u_probability"])
    return f"abs(mw_{comparison} - {weight}) < 1e-9"


def levels_that_speak(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the levels with probabilities."""
    return [level for level in comparison["comparison_levels"] if level.get("u_probability")]


def _label(level: dict[str, Any]) -> str:
    return OTHER_LEVEL if level["sql_condition"] == "ELSE" else str(level["label_for_charts"])
