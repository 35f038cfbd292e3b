"""Training of the linkage model: on demand, with a seed, saved and then frozen for the nights.

A model trained anew each night would move customers about with the data's noise. This one changes only
when someone trains it and commits the file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdp_pipeline.engine import EngineOptions
from cdp_pipeline.errors import CdpError
from cdp_pipeline.link.accounts import find_accounts
from cdp_pipeline.link.attributes import attribute_columns
from cdp_pipeline.link.decided_labels import Counts, DecidedLabels, add_decided, create_decided_labels
from cdp_pipeline.link.edges import join_by_rules
from cdp_pipeline.link.evidence import RELATIVES, RELATIVES_PRIOR
from cdp_pipeline.link.labels import (
    create_match_labels,
    create_relative_labels,
    teaches,
    with_teaching_rule,
)
from cdp_pipeline.link.learning import KNOWN_PAIRS, MOST_PRIOR, learn_without_labels
from cdp_pipeline.link.nodes import create_nodes
from cdp_pipeline.link.splink_model import NO_RELATIVES, PRIOR, compare, levels_of, open_linker, settings
from cdp_pipeline.link.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

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
        decided: how many of people's decisions taught.
    """

    settings: dict[str, Any]
    nodes: int
    unseen_levels: list[str]
    decided: DecidedLabels = field(default_factory=DecidedLabels)


def train_model(
    warehouse: Engine,
    linkage: Linkage,
    seed: int,
    options: EngineOptions | None = None,
    known: LinkageModel | None = None,
    decided: pa.Table | None = None,
) -> TrainedModel:
    """Train the model on the records of a warehouse whose `link` SQL models are built.

    u (agreement of strangers) comes from random pairs; m (agreement of one person's records) from pairs
    that a rule joined by something else; the relatives' share from pairs of one home that contradict each
    other. Equal data and seed give an equal model.

    Args:
        known: a model of other data, for files. The new one counts it as KNOWN_PAIRS pairs of each comparison, and
            learns what no rule teaches from the pairs themselves (learning.py).
        decided: people's decisions about pairs of records, as labels of the hard pairs (decided_labels.py).

    Raises:
        CdpError: too few records to learn from.
    """
    with open_workspace(warehouse, linkage, options or EngineOptions()) as workspace:
        nodes = create_teaching_nodes(workspace, linkage, seed)
        _refuse_too_few(nodes, MINIMUM_NODES_TO_ADAPT if known else MINIMUM_NODES)
        linker, _ = open_linker(workspace, settings(attribute_columns(workspace)))
        linker.training.estimate_u_using_random_sampling(
            linkage.training.max_pairs_for_u, seed=seed, min_count_per_level=None
        )
        model = linker.misc.save_model_to_json()
        model[PRIOR] = _prior(workspace, nodes)
        matches = level_counts(workspace, model, "match_label")
        relatives = level_counts(workspace, model, "relative_label")
        if known:
            _add_known(model, known, matches, relatives)
        taught = DecidedLabels()
        if decided is not None and decided.num_rows:
            taught = create_decided_labels(workspace, decided)
            add_decided(matches, level_counts(workspace, model, "decided_match"))
            add_decided(relatives, level_counts(workspace, model, "decided_relative"))
        unseen = _fill_in(model, matches, relatives)
        if max(sum(counts.values()) for counts in relatives.values()) < MINIMUM_RELATIVES:
            # Else every weight against relatives were nothing, and no pair could be joined.
            model[RELATIVES_PRIOR] = NO_RELATIVES
        if known:
            learn_without_labels(workspace, model, linkage, nodes, seed, matches)
    return TrainedModel(model, nodes, unseen, taught)


def _prior(workspace: Engine, nodes: int) -> float:
    """Return the probability that two nodes drawn at random are one person's, by the pairs that rules join.

    Splink's own estimate stops where rules join nobody, or nearly all.
    """
    joined = workspace.fetch_value(
        "select coalesce(sum(pairs), 0) from ("
        "select cast(count(*) * (count(*) - 1) // 2 as bigint) as pairs from node group by person)"
    )
    return min(max(float(joined), UNSEEN_COUNT) / RULES_RECALL / (nodes * (nodes - 1) / 2), MOST_PRIOR)


def _refuse_too_few(nodes: int, needed: int) -> None:
    if nodes < needed:
        raise TooFewRecordsError(
            f"training needs at least {needed} different records with a name, found {nodes}. "
            "Load more data, or keep the committed model."
        )


def create_teaching_nodes(workspace: Engine, linkage: Linkage, seed: int) -> int:
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
    create_match_labels(workspace, teaching, seed)
    create_relative_labels(workspace, "assignment", seed)
    return nodes


def _add_known(
    model: dict[str, Any],
    known: LinkageModel,
    matches: Counts,
    relatives: Counts,
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


def level_counts(workspace: Engine, model: dict[str, Any], labels: str) -> Counts:
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


def _fill_in(model: dict[str, Any], matches: Counts, relatives: Counts) -> list[str]:
    """Write m and the relatives' probability into the levels, and a default where u is unknown.

    Returns:
        The levels that neither labelled nor random pairs showed.
    """
    unseen = []
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        levels = levels_of(comparison)
        known = [
            isinstance(level.get("u_probability"), float) and level["u_probability"] > 0 for level in levels
        ]
        _fill_in_u(levels, known)
        is_shown = sum(matches[name].values()) > 0
        # What relatives share is not known of a column that too few of them show: it says nothing there.
        shows_relatives = sum(relatives[name].values()) >= MINIMUM_RELATIVES
        for position, level in enumerate(levels):
            gamma = len(levels) - 1 - position
            # A column that no labelled pair shows weighs nothing, for or against.
            m = _share(matches[name], gamma, len(levels)) if is_shown else level["u_probability"]
            level["m_probability"] = m
            level[RELATIVES] = _share(relatives[name], gamma, len(levels)) if shows_relatives else m
            if not (known[position] and gamma in matches[name]):
                unseen.append(f"{name}: {level['label_for_charts']}")
    return unseen


def _fill_in_u(levels: list[dict[str, Any]], known: list[bool]) -> None:
    """Give levels that random pairs did not show a u: strangers hardly ever agree so, and mostly differ."""
    for level, is_known in zip(levels, known, strict=True):
        if not is_known:
            level["u_probability"] = UNSEEN_U
    if not known[-1]:
        levels[-1]["u_probability"] = max(UNSEEN_U, 1 - sum(level["u_probability"] for level in levels[:-1]))


def _share(counts: dict[int, float], gamma: int, levels: int) -> float:
    return (counts.get(gamma, 0) + UNSEEN_COUNT) / (sum(counts.values()) + UNSEEN_COUNT * levels)
