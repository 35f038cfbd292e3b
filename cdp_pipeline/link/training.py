"""Training of the linkage model: on demand, with a seed, saved and then frozen for the nights.

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
from cdp_pipeline.link.accounts import find_accounts
from cdp_pipeline.link.attributes import attribute_columns
from cdp_pipeline.link.edges import join_by_rules
from cdp_pipeline.link.evidence import RELATIVES
from cdp_pipeline.link.labels import (
    create_match_labels,
    create_relative_labels,
    teaches,
    with_teaching_rule,
)
from cdp_pipeline.link.learning import KNOWN_PAIRS, learn_without_labels
from cdp_pipeline.link.nodes import create_blocked_pairs, create_nodes
from cdp_pipeline.link.splink_model import compare, levels_of, open_linker, settings
from cdp_pipeline.link.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.link.splink_model import LinkageModel

RULES_RECALL = 0.8
"""Share of the true pairs that the rules find; sets the prior. Exact rules reach 0.79 on retail data."""

UNSEEN_U = 1e-5
"""For agreements that no random pair showed: very rare among strangers."""

UNSEEN_COUNT = 0.5
"""Pairs added to every level, so that one that the labelled pairs never showed is rare, not impossible."""

MINIMUM_NODES = 1000
"""Below, chance agreements are too few to be counted."""

MINIMUM_NODES_TO_ADAPT = 200
"""With a model of other data to begin from, fewer suffice."""

MINIMUM_RELATIVES = 50


class TooFewRecordsError(CdpError):
    """Chance agreements cannot be counted among so few."""


@dataclass(frozen=True)
class TrainedModel:
    """A model and what it was trained on.

    Attributes:
        settings: Splink's settings with m and u, as saved in `model.json`; each level also carries
            `relatives_probability`, how often two people of one home agree like this.
        nodes: distinct records that were compared.
        unseen_levels: comparison levels that the data did not show; they carry a default.
    """

    settings: dict[str, Any]
    nodes: int
    unseen_levels: list[str]


def train_model(
    warehouse: Engine,
    linkage: Linkage,
    seed: int,
    options: EngineOptions | None = None,
    known: LinkageModel | None = None,
) -> TrainedModel:
    """Train the model on the records of a warehouse whose `link` SQL models are built.

    u (agreement of strangers) comes from random pairs; m (agreement of one person's records) from pairs
    that a rule joined by something else; the relatives' share from pairs of one home that contradict each
    other. Equal data and seed give an equal model.

    Args:
        known: a model of other data, for files. The new one counts it as KNOWN_PAIRS pairs of each comparison, and
            learns what no rule teaches from the pairs themselves (learning.py).

    Raises:
        CdpError: too few records to learn from.
    """
    with open_workspace(warehouse, linkage, options or EngineOptions()) as workspace:
        nodes = _create_teaching_nodes(workspace, linkage)
        _refuse_too_few(nodes, MINIMUM_NODES_TO_ADAPT if known else MINIMUM_NODES)
        linker, _ = open_linker(workspace, settings(attribute_columns(workspace)))
        training = linker.training
        training.estimate_probability_two_random_records_match([block_on("person")], recall=RULES_RECALL)
        training.estimate_u_using_random_sampling(
            linkage.training.max_pairs_for_u, seed=seed, min_count_per_level=None
        )
        model = linker.misc.save_model_to_json()
        matches = _level_counts(workspace, model, "match_label")
        relatives = _level_counts(workspace, model, "relative_label")
        if known:
            _add_known(model, known, matches, relatives)
        unseen = _fill_in(model, matches, relatives)
        if known:
            create_blocked_pairs(workspace, linkage)
            learn_without_labels(workspace, model, nodes)
    return TrainedModel(model, nodes, unseen)


def _refuse_too_few(nodes: int, needed: int) -> None:
    if nodes < needed:
        raise TooFewRecordsError(
            f"training needs at least {needed} different records with a name, found {nodes}. "
            "Load more data, or keep the committed model."
        )


def _create_teaching_nodes(workspace: Engine, linkage: Linkage) -> int:
    """Create `node` with the person that rules see in each, and the labelled pairs; return how many nodes."""
    teaching = with_teaching_rule(linkage)
    join_by_rules(workspace, teaching)
    workspace.replace_table("rule_assignment", "from assignment")
    find_accounts(workspace, "rule_assignment")
    _collapse_equal_records(workspace)
    nodes = create_nodes(workspace, "assignment")
    workspace.replace_table(
        "node",
        "select node.*, cluster as person from node inner join rule_assignment on unique_id = record",
    )
    create_match_labels(workspace, teaching)
    create_relative_labels(workspace, "assignment")
    return nodes


def _add_known(
    model: dict[str, Any],
    known: LinkageModel,
    matches: dict[str, dict[int, float]],
    relatives: dict[str, dict[int, float]],
) -> None:
    """Add to the counts what another model knows, as if it were KNOWN_PAIRS pairs."""
    by_name = {comparison["output_column_name"]: comparison for comparison in known.settings["comparisons"]}
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        levels = levels_of(by_name.get(name, {"comparison_levels": []}))
        if len(levels) != len(levels_of(comparison)):
            levels = []
        for gamma, level in enumerate(reversed(levels)):
            matches[name][gamma] = matches[name].get(gamma, 0) + KNOWN_PAIRS * level["m_probability"]
            relatives[name][gamma] = relatives[name].get(gamma, 0) + KNOWN_PAIRS * level[RELATIVES]


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


def _level_counts(workspace: Engine, model: dict[str, Any], labels: str) -> dict[str, dict[int, float]]:
    """Count by comparison how many labelled pairs agree at each level (the last level is 0)."""
    workspace.replace_table(
        "label_pair",
        f"select distinct '0' as match_key, join_key_l, join_key_r from {labels} order by all",
    )
    compare(workspace, model, "label_pair", "compared_label")
    return {
        name: dict(
            workspace.fetch_all(
                f"""
                select gamma_{name}, count(*)
                from compared_label
                semi join (from {labels} where {teaches(name)}) using (join_key_l, join_key_r)
                where gamma_{name} >= 0
                group by gamma_{name}
                """
            )
        )
        for name in (comparison["output_column_name"] for comparison in model["comparisons"])
    }


def _fill_in(
    model: dict[str, Any], matches: dict[str, dict[int, float]], relatives: dict[str, dict[int, float]]
) -> list[str]:
    """Write m and the relatives' probability into the levels, and a default where u is unknown.

    Returns:
        The levels that neither labelled nor random pairs showed.
    """
    unseen = []
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        levels = levels_of(comparison)
        for position, level in enumerate(levels):
            gamma = len(levels) - 1 - position
            level["m_probability"] = _share(matches[name], gamma, len(levels))
            # What relatives share is not known of a column that too few of them show: it says nothing there.
            shows = sum(relatives[name].values()) >= MINIMUM_RELATIVES
            level[RELATIVES] = (
                _share(relatives[name], gamma, len(levels)) if shows else level["m_probability"]
            )
            is_known = isinstance(level.get("u_probability"), float) and level["u_probability"] > 0
            if not is_known:
                level["u_probability"] = UNSEEN_U
            if not (is_known and gamma in matches[name]):
                unseen.append(f"{name}: {level['label_for_charts']}")
    return unseen


def _share(counts: dict[int, float], gamma: int, levels: int) -> float:
    return (counts.get(gamma, 0) + UNSEEN_COUNT) / (sum(counts.values()) + UNSEEN_COUNT * levels)
