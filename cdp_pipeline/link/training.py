"""Training of the Splink model: on demand, with a seed, saved and then frozen for the nights.

A model trained anew each night would move customers about with the data's noise. This one changes only
when someone trains it and commits the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from splink import block_on

from cdp_pipeline.engine import EngineOptions
from cdp_pipeline.errors import CdpError
from cdp_pipeline.link.edges import join_by_rules
from cdp_pipeline.link.nodes import create_nodes
from cdp_pipeline.link.splink_model import open_linker, settings
from cdp_pipeline.link.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine

RULES_RECALL = 0.8
"""Share of the true pairs that the rules find; sets the prior. Exact rules reach 0.79 on retail data."""

UNSEEN_M, UNSEEN_U = 5e-3, 1e-5
"""For levels that the training never saw: possible for one person's records, very rare among strangers."""

MINIMUM_NODES = 1000
"""Below, chance agreements are too few to be counted."""


@dataclass(frozen=True)
class TrainedModel:
    """A model and what it was trained on.

    Attributes:
        settings: Splink's settings with m and u, as saved in `model.json`.
        nodes: distinct records that were compared.
        unseen_levels: comparison levels that the data did not show; they carry a default.
    """

    settings: dict[str, Any]
    nodes: int
    unseen_levels: list[str]


def train_model(
    warehouse: Engine, linkage: Linkage, seed: int, options: EngineOptions | None = None
) -> TrainedModel:
    """Train the model on the records of a warehouse whose `link` SQL models are built.

    u (agreement by chance) comes from random pairs. m (agreement of one person's records) comes from the
    records that the rules join, contradictions resolved. Expectation maximisation was tried and is worse
    here: among pairs with one e-mail or one address it takes families for matches (it then believes that
    every fourth person changes the given name). Equal data and seed give an equal model.

    Raises:
        CdpError: too few records to learn from.
    """
    with open_workspace(warehouse, linkage, options or EngineOptions()) as workspace:
        join_by_rules(workspace, linkage)
        workspace.replace_table("rule_assignment", "from assignment")
        _collapse_equal_records(workspace)
        nodes = create_nodes(workspace, "assignment")
        if nodes < MINIMUM_NODES:
            raise CdpError(
                f"training needs at least {MINIMUM_NODES} different records with a name, found {nodes}. "
                "Load more data, or keep the committed model."
            )
        workspace.replace_table(
            "node",
            "select node.*, cluster as person from node inner join rule_assignment on unique_id = record",
        )
        linker, _ = open_linker(workspace, settings())
        training = linker.training
        training.estimate_probability_two_random_records_match([block_on("person")], recall=RULES_RECALL)
        training.estimate_u_using_random_sampling(
            linkage.training.max_pairs_for_u, seed=seed, min_count_per_level=None
        )
        training.estimate_m_from_label_column("person")
        model = linker.misc.save_model_to_json()
    return TrainedModel(model, nodes, _fill_unseen_levels(model))


def save_model(model: TrainedModel, path: Path) -> None:
    """Write the model so that equal models give equal bytes."""
    document = {"trained_nodes": model.nodes, "splink": model.settings}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _collapse_equal_records(workspace: Engine) -> None:
    """Create `assignment` that joins records equal in everything.

    A shop's orders repeat the account's details to the letter; as pairs they would teach the model that one
    person's records always agree.
    """
    workspace.replace_table(
        "assignment",
        """
        with keyed as (
            select
                record,
                string_agg(key_kind || '=' || key_value, chr(31) order by key_kind, key_value) as keys
            from link_key
            group by record
        )
        select record, min(record) over (
            partition by coalesce(keys, cast(record as varchar)), given_name_key, street_key
        ) as cluster
        from record left join keyed using (record)
        """,
    )


def _fill_unseen_levels(model: dict[str, Any]) -> list[str]:
    """Give levels without m or u a default, so that the frozen file decides everything."""
    unseen = []
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            missing = [name for name in ("m_probability", "u_probability") if not _is_known(level, name)]
            if level.get("is_null_level") or not missing:
                continue
            unseen.append(f"{comparison['output_column_name']}: {level['label_for_charts']}")
            defaults = {"m_probability": UNSEEN_M, "u_probability": UNSEEN_U}
            level.update({name: defaults[name] for name in missing})
    return unseen


def _is_known(level: dict[str, Any], name: str) -> bool:
    return isinstance(level.get(name), float) and level[name] > 0
