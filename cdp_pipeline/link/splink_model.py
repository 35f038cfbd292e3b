"""The Splink model: its comparisons, its frozen parameters, and scoring with them.

Splink comes with its own SQL and writes `__splink__` tables; it only ever sees the in-memory workspace.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.link.comparisons import comparisons
from cdp_pipeline.link.evidence import RELATIVES, RELATIVES_PRIOR, Evidence
from cdp_pipeline.link.namesakes import namesake_weight, others_of_the_name
from cdp_pipeline.link.statistics import FREQUENCIES, create_unless_known

if TYPE_CHECKING:
    from pathlib import Path

    from cdp_pipeline.contracts.linkage import Linkage

USUAL_RECORDS = 1000
"""So many records of usual frequencies are mixed into the counts of names: enough to rule a file of a few
records, nothing against a file of many thousands."""

PAIRS_AT_ONCE = 2_000_000
"""A scored pair takes about 300 bytes until its weight is known."""

NO_RELATIVES = 6.0
"""Log2 odds of one person to relatives from which relatives are too few to veto for them: one in 64 pairs."""

PRIOR = "probability_two_random_records_match"


def settings(attributes: dict[str, str]) -> SettingsCreator:
    """Return an untrained model."""
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[*comparisons(attributes)],
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

    @property
    def knows_relatives(self) -> bool:
        """Tell whether the data hold relatives: else nothing but errors makes two records of one home differ."""
        return float(self.settings.get(RELATIVES_PRIOR, 0.0)) < NO_RELATIVES

    def settings_for(self, nodes: int) -> dict[str, Any]:
        """Lower the prior for data larger than the model was trained on.

        Each node has about one true partner whatever the size, but the more strangers there are, the rarer
        a match is among all pairs. Smaller data keep the trained prior: raising it would lean on u values
        (how often strangers share an address) that are too low for them.
        """
        prior = self.settings[PRIOR] * min(1.0, self.trained_nodes / nodes)
        return {**self.settings, PRIOR: prior}


REMEDY = (
    "Restore it; or remove it from the project, and the one that ships counts; or train one: cdp link train."
)


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
            f"{path}: the linkage model cannot be read ({type(error).__name__}: {error}). {REMEDY}"
        ) from None
    if PRIOR not in model.settings or "comparisons" not in model.settings:
        raise ConfigError(f"{path}: `splink` holds no trained model. {REMEDY}")
    return model


def open_linker(workspace: Engine, model: dict[str, Any] | SettingsCreator) -> tuple[Linker, DuckDBAPI]:
    """Open Splink over the table `node`."""
    api = DuckDBAPI(connection=workspace.connection)
    # Splink only logs what its validation of settings finds, and it takes a third of a small linkage.
    return Linker(api.register("node"), model, validate_settings=False, log_level=None), api


def levels_of(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the levels of a comparison that say something, from the strongest on; the last has gamma 0."""
    return [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]


def compare(workspace: Engine, model: dict[str, Any], pairs: str, target: str) -> None:
    """Create `target` (join_key_l, join_key_r, one gamma_ column per comparison): at which level pairs agree.

    A gamma counts a comparison's levels from 0, the last; -1 means that it says nothing.
    """
    linker, api = open_linker(workspace, {**splink_settings(model), "retain_matching_columns": True})
    linker.table_management.register_blocked_pairs_for_predict(api.register(pairs))
    compared = linker.inference.predict(warning_mode="never")
    gammas = ", ".join(f"gamma_{comparison['output_column_name']}" for comparison in model["comparisons"])
    workspace.replace_table(
        target,
        f"select unique_id_l as join_key_l, unique_id_r as join_key_r, {gammas} from {compared.physical_name}",
    )


def score_candidates(workspace: Engine, model: dict[str, Any], linkage: Linkage, target: str) -> None:
    """Create `target` (left_cluster, right_cluster, match_key, match_weight, comparison_weights).

    One row per pair in `candidate`, without those below the near-miss threshold. comparison_weights says
    what each comparison added; they sum to match_weight. Pairs are scored in portions, so that memory does not grow
    with their number.
    """
    for column, usual_frequency in _frequency_columns(model).items():
        _create_frequencies(workspace, column, usual_frequency)
    workspace.execute(
        f"""
        create or replace table {target} (
            left_cluster bigint, right_cluster bigint, match_key varchar, match_weight double,
            comparison_weights struct(comparison varchar, comparison_level varchar, match_weight double)[]
        )
        """
    )
    for first in range(0, workspace.row_count("candidate"), PAIRS_AT_ONCE):
        workspace.replace_table(
            "portion", f"from candidate where rowid between {first} and {first + PAIRS_AT_ONCE - 1}"
        )
        _score_portion(workspace, model, linkage.near_miss_threshold.match_weight, target)


def _score_portion(workspace: Engine, model: dict[str, Any], threshold: float, target: str) -> None:
    for side in ("l", "r"):
        workspace.replace_table(
            f"portion_node_{side}", f"from node semi join portion on unique_id = join_key_{side}"
        )
    settings = json.dumps(splink_settings(model))
    workspace.replace_table(
        "prediction", _prediction_query(settings, threshold, tuple(workspace.describe("from node").items()))
    )
    evidence = Evidence(model["comparisons"], model[PRIOR], model.get(RELATIVES_PRIOR, 0.0))
    namesakes = namesake_weight(
        model["comparisons"], int(workspace.fetch_value("select people from account_size"))
    )
    workspace.execute(
        f"""
        insert into {target}
        with judged as (
            select
                prediction.*,
                {namesakes} as namesake_weight,
                match_weight + namesake_weight as against_strangers,
                {evidence.against_relatives} as against_relatives,
                -log2(pow(2, -against_strangers) + pow(2, -against_relatives)) as judged_weight
            from prediction left join ({others_of_the_name("prediction")}) using (unique_id_l, unique_id_r)
        )
        select
            unique_id_l as left_cluster,
            unique_id_r as right_cluster,
            match_key,
            round(judged_weight, 4) as match_weight,
            {evidence.comparison_weights} as comparison_weights
        from judged
        where judged_weight >= {threshold}
        """
    )
    for table in ("portion_node_l", "portion_node_r", "prediction"):
        workspace.execute(f"drop table {table}")


@lru_cache(maxsize=8)
def _prediction_query(settings: str, threshold: float, node: tuple[tuple[str, str], ...]) -> str:
    """Return the query by which Splink scores the pairs of `portion`.

    It reads `portion_node_l`, `portion_node_r` and the frequencies. Made once for a model, over empty tables: making it
    takes Splink longer than scoring the pairs of a night's changes.

    Args:
        settings: Splink's, as JSON.
        node: names and types of the columns of a node.
    """
    model = json.loads(settings)
    with Engine.open() as empty:
        empty.execute(
            f"create table node ({', '.join(f'{quote_identifier(name)} {kind}' for name, kind in node)})"
        )
        empty.execute("create table portion (match_key varchar, join_key_l bigint, join_key_r bigint)")
        linker, api = open_linker(empty, model)
        linker.table_management.register_blocked_pairs_for_predict(api.register("portion"))
        for column in _frequency_columns(model):
            table = f"every_{FREQUENCIES}{column}"
            empty.execute(f"create table {table} ({column} varchar, tf_{column} double)")
            linker.table_management.register_term_frequency_lookup(api.register(table), column)
        predicted = linker.inference.predict(threshold_match_weight=threshold)
        return _SPLINK_INPUT.sub(r"portion_node_\1", predicted.sql_used_to_create)


_SPLINK_INPUT = re.compile(r"__splink__df_pruned_predict_input_([lr])_[0-9a-f]+")
"""The nodes on either side of the pairs, as Splink names them anew in every run."""


def splink_settings(model: dict[str, Any]) -> dict[str, Any]:
    """Return the model without what Splink does not know: how relatives agree."""
    comparisons = [
        {
            **comparison,
            "comparison_levels": [
                {name: value for name, value in level.items() if name != RELATIVES}
                for level in comparison["comparison_levels"]
            ],
        }
        for comparison in model["comparisons"]
    ]
    known = {name: value for name, value in model.items() if name != RELATIVES_PRIOR}
    return {**known, "comparisons": comparisons}


def _frequency_columns(model: dict[str, Any]) -> dict[str, float]:
    """Return the columns whose rare values weigh more, each with the chance that two strangers agree."""
    return {
        level["tf_adjustment_column"]: level["u_probability"]
        for comparison in model["comparisons"]
        for level in comparison["comparison_levels"]
        if level.get("tf_adjustment_column")
    }


def _create_frequencies(workspace: Engine, column: str, usual_frequency: float) -> None:
    """Create `every_frequency_of_<column>`: how frequent each value is, drawn towards the usual in small files.

    A file of two records would otherwise hold every name to be as common as can be. Counted are the first nodes that
    are compared; a value that none of them bears is as rare as the rarest.
    """
    create_unless_known(
        workspace,
        f"{FREQUENCIES}{column}",
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
    workspace.replace_table(
        f"every_{FREQUENCIES}{column}",
        f"""
        from {FREQUENCIES}{column}
        union all
        select {column}, (select coalesce(min(tf_{column}), {usual_frequency}) from {FREQUENCIES}{column})
        from (select distinct {column} from node where {column} is not null)
        anti join {FREQUENCIES}{column} using ({column})
        """,
    )
