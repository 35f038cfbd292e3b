"""The Splink model: its comparisons, its frozen parameters, and scoring with them.

Splink comes with its own SQL and writes `__splink__` tables; it only ever sees the in-memory workspace.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from cdp_pipeline.errors import ConfigError
from cdp_pipeline.link.evidence import comparison_weights

if TYPE_CHECKING:
    from pathlib import Path

    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine

MISTYPED = 0.9
"""Jaro-Winkler similarity from which two words count as one mistyped word."""

SWAPPED = "given_name_l = family_name_r and given_name_r = family_name_l"

USUAL_RECORDS = 1000
"""So many records of usual frequencies are mixed into the counts of names: enough to rule a file of a few
records, nothing against a file of many thousands."""

CORROBORATING = ("birth_date", "email", "phone", "address", "loyalty_number")
"""Comparisons that must speak for a match besides the name."""


def comparisons() -> list[cl.CustomComparison]:
    """Return what the model compares. Levels go from strongest to weakest; nulls say nothing."""
    return [_given_name(), _family_name(), _birth_date(), _email(), _phone(), _address(), _loyalty_number()]


PRIOR = "probability_two_random_records_match"


def settings() -> SettingsCreator:
    """Return an untrained model."""
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=list(comparisons()),
        # Pairs come from linkage.yml's blocking rules; Splink asks for one of its own to be valid.
        blocking_rules_to_generate_predictions=[block_on("given_name", "family_name")],
        retain_matching_columns=False,
        # Needed to see which comparison spoke for a pair.
        retain_intermediate_calculation_columns=True,
        linker_uid="cdp",
    )


@dataclass(frozen=True)
class LinkageModel:
    """A trained model, as `config/linkage/model.json` holds it.

    Attributes:
        trained_nodes: distinct records that the training compared.
        settings: Splink's settings with m and u.
    """

    trained_nodes: int
    settings: dict[str, Any]

    def settings_for(self, nodes: int) -> dict[str, Any]:
        """Lower the prior for data larger than the model was trained on.

        Each node has about one true partner whatever the size, but the more strangers there are, the rarer
        a match is among all pairs. Smaller data keep the trained prior: raising it would lean on u values
        (how often strangers share an address) that are too low for them.
        """
        prior = self.settings[PRIOR] * min(1.0, self.trained_nodes / nodes)
        return {**self.settings, PRIOR: prior}


def read_model(path: Path) -> LinkageModel:
    """Read the committed model.

    Raises:
        ConfigError: the file is missing or holds no trained model.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        model = LinkageModel(int(document["trained_nodes"]), dict(document["splink"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path}: the linkage model cannot be read ({type(error).__name__}: {error}). "
            "Train one: cdp link train."
        ) from None
    if PRIOR not in model.settings or "comparisons" not in model.settings:
        raise ConfigError(f"{path}: `splink` holds no trained model. Train one: cdp link train.")
    return model


def open_linker(workspace: Engine, model: dict[str, Any] | SettingsCreator) -> tuple[Linker, DuckDBAPI]:
    """Open Splink over the table `node`."""
    api = DuckDBAPI(connection=workspace.connection)
    return Linker(api.register("node"), model, log_level=None), api


def score_candidates(workspace: Engine, model: dict[str, Any], linkage: Linkage, target: str) -> None:
    """Create `target` (left_cluster, right_cluster, match_key, match_weight, comparison_weights).

    One row per pair in `candidate`, without those below the near-miss threshold and those for which little
    but the name speaks. comparison_weights says what each comparison added; they sum to match_weight.
    """
    linker, api = open_linker(workspace, model)
    linker.table_management.register_blocked_pairs_for_predict(api.register("candidate"))
    for column, usual_frequency in _frequency_columns(model).items():
        _create_frequencies(workspace, column, usual_frequency)
        frequencies = api.register(f"frequency_of_{column}")
        linker.table_management.register_term_frequency_lookup(frequencies, column)
    scored = linker.inference.predict(threshold_match_weight=linkage.near_miss_threshold.match_weight)
    beside_the_name = " + ".join(f"greatest(mw_{name}, 0)" for name in CORROBORATING)
    workspace.replace_table(
        target,
        f"""
        select
            unique_id_l as left_cluster,
            unique_id_r as right_cluster,
            match_key,
            round(match_weight, 4) as match_weight,
            {comparison_weights(model["comparisons"], model[PRIOR])} as comparison_weights
        from {scored.physical_name}
        where {beside_the_name} >= {linkage.corroboration.match_weight}
        """,
    )


def _frequency_columns(model: dict[str, Any]) -> dict[str, float]:
    """Return the columns whose rare values weigh more, each with the chance that two strangers agree."""
    return {
        level["tf_adjustment_column"]: level["u_probability"]
        for comparison in model["comparisons"]
        for level in comparison["comparison_levels"]
        if level.get("tf_adjustment_column")
    }


def _create_frequencies(workspace: Engine, column: str, usual_frequency: float) -> None:
    """Create `frequency_of_<column>`: how frequent each value is, drawn towards the usual in small files.

    A file of two records would otherwise hold every name to be as common as can be.
    """
    workspace.replace_table(
        f"frequency_of_{column}",
        f"""
        select
            {column},
            (count(*) + {USUAL_RECORDS * usual_frequency})
                / (sum(count(*)) over () + {USUAL_RECORDS}) as tf_{column}
        from node
        where {column} is not null
        group by {column}
        """,
    )


def _given_name() -> cl.CustomComparison:
    return _comparison(
        "given_name",
        cll.NullLevel("given_name"),
        _exact("given_name"),
        cll.CustomLevel("list_has_any(given_names_l, given_names_r)", "variant of one name"),
        cll.CustomLevel(SWAPPED, "given and family name swapped"),
        cll.CustomLevel(
            "least(length(given_name_l), length(given_name_r)) = 1"
            " and left(given_name_l, 1) = left(given_name_r, 1)",
            "initial",
        ),
        cll.JaroWinklerLevel("given_name", MISTYPED),
        cll.ElseLevel(),
    )


def _family_name() -> cl.CustomComparison:
    return _comparison(
        "family_name",
        # Swapped fields have spoken as a given name; counted again here they would outweigh all else.
        cll.CustomLevel(f"family_name_l is null or family_name_r is null or ({SWAPPED})", "null").configure(
            is_null_level=True
        ),
        _exact("family_name"),
        cll.CustomLevel("list_has_any(family_name_words_l, family_name_words_r)", "a word of a double name"),
        cll.JaroWinklerLevel("family_name", MISTYPED),
        cll.ElseLevel(),
    )


def _birth_date() -> cl.CustomComparison:
    swapped = (
        "left(birth_date_l, 4) = left(birth_date_r, 4)"
        " and substr(birth_date_l, 6, 2) = substr(birth_date_r, 9, 2)"
        " and substr(birth_date_l, 9, 2) = substr(birth_date_r, 6, 2)"
    )
    return _comparison(
        "birth_date",
        cll.NullLevel("birth_date"),
        cll.ExactMatchLevel("birth_date"),
        cll.CustomLevel(
            f"damerau_levenshtein(birth_date_l, birth_date_r) <= 1 or ({swapped})",
            "one digit, or day and month",
        ),
        cll.CustomLevel("damerau_levenshtein(birth_date_l, birth_date_r) <= 2", "two digits"),
        cll.ElseLevel(),
    )


def _email() -> cl.CustomComparison:
    return _comparison(
        "email",
        cll.NullLevel("emails"),
        cll.CustomLevel("list_has_any(emails_l, emails_r)", "one address in common"),
        cll.CustomLevel("list_has_any(mailboxes_l, mailboxes_r)", "one name of a mailbox in common"),
        cll.ElseLevel(),
    )


def _phone() -> cl.CustomComparison:
    return _comparison(
        "phone",
        cll.NullLevel("phones"),
        cll.CustomLevel("list_has_any(phones_l, phones_r)", "one number in common"),
        cll.ElseLevel(),
    )


def _address() -> cl.CustomComparison:
    return _comparison(
        "address",
        cll.NullLevel("postcodes"),
        cll.CustomLevel("list_has_any(addresses_l, addresses_r)", "one address in common"),
        cll.CustomLevel(
            f"postcode_l = postcode_r and jaro_winkler_similarity(street_l, street_r) >= {MISTYPED}",
            "one postcode, street mistyped",
        ),
        cll.CustomLevel("list_has_any(postcodes_l, postcodes_r)", "one postcode in common"),
        cll.ElseLevel(),
    )


def _loyalty_number() -> cl.CustomComparison:
    return _comparison(
        "loyalty_number",
        cll.NullLevel("loyalty_numbers"),
        cll.CustomLevel("list_has_any(loyalty_numbers_l, loyalty_numbers_r)", "one number in common"),
        cll.CustomLevel(
            "damerau_levenshtein(loyalty_numbers_l[1], loyalty_numbers_r[1]) <= 1", "one character off"
        ),
        cll.ElseLevel(),
    )


def _exact(column: str) -> Any:
    """Exact agreement, worth more for a rare value than for a frequent one."""
    return cll.ExactMatchLevel(column, term_frequency_adjustments=True)


def _comparison(name: str, *levels: Any) -> cl.CustomComparison:
    return cl.CustomComparison(output_column_name=name, comparison_levels=list(levels))
