"""Linkage's own database over hand-written records, to look at a single step of it.

The one place of the tests where a workspace is opened and its nodes are compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.link.accounts import find_accounts
from cdp_pipeline.link.blocks import create_blocks, create_candidate_pairs, create_crowded_groups
from cdp_pipeline.link.edges import join_by_rules
from cdp_pipeline.link.nodes import create_nodes
from cdp_pipeline.link.splink_model import compare, levels_of, score_candidates
from cdp_pipeline.link.workspace import open_workspace
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse
from cdp_pipeline_tests.warehouse import Row

READ_BY_LINKAGE = ("web_event", "consent_event", "record_attribute")

Pairs = Iterable[tuple[str, str]]
"""Ids of the first records of two nodes."""


@dataclasses.dataclass(frozen=True)
class Workspace:
    """An open workspace; records go by their ids."""

    engine: Engine
    warehouse: Warehouse

    def join_by_rules(self) -> set[frozenset[str]]:
        """Join by rules and vetoes alone, and return who is one person."""
        join_by_rules(self.engine, self.warehouse.project.linkage)
        return self.people()

    def people(self) -> set[frozenset[str]]:
        members = "select list(source_record_id) from assignment join record using (record) group by cluster"
        return {frozenset(person) for person in self.engine.fetch_column(members)}

    def create_nodes(self, joined: Mapping[str, str] | None = None) -> None:
        """Make each record a node of its own, but for those that are joined to another."""
        self.engine.replace_table("assignment", "select record, record as cluster from record")
        for record, first in (joined or {}).items():
            self.engine.execute(
                f"update assignment set cluster = ({_NUMBER}) where record = ({_NUMBER})", [first, record]
            )
        find_accounts(self.engine, "assignment")
        create_nodes(self.engine, "assignment")

    def keys(self, kind: str) -> dict[str, str]:
        """Return the key of each record that has one of this kind."""
        rows = self.engine.fetch_all(
            "select source_record_id, key_value from link_key join record using (record) where key_kind = ?",
            [kind],
        )
        return dict(rows)

    def candidates(self) -> dict[tuple[str, str], str]:
        """Return the pairs that blocking brings together, each with the position of its rule."""
        create_blocks(self.engine, self.warehouse.project.linkage)
        create_crowded_groups(self.engine, self.warehouse.project.linkage)
        create_candidate_pairs(self.engine)
        rows = self.engine.fetch_all(
            "select l.source_record_id, r.source_record_id, match_key from candidate"
            " join record as l on l.record = join_key_l join record as r on r.record = join_key_r"
        )
        return {(left, right): match_key for left, right, match_key in rows}

    def levels(self, model: dict[str, Any], pairs: Pairs) -> dict[tuple[str, str], dict[str, str | None]]:
        """Return for each pair of nodes the level at which it agrees, by comparison; None says nothing."""
        self._propose(pairs)
        compare(self.engine, model, "candidate", "compared")
        names = [comparison["output_column_name"] for comparison in model["comparisons"]]
        rows = self.engine.fetch_all(
            f"select l.source_record_id, r.source_record_id, {', '.join(f'gamma_{name}' for name in names)}"
            " from compared join record as l on l.record = join_key_l join record as r on r.record = join_key_r"
        )
        return {
            (left, right): {
                name: _label(comparison, gamma)
                for name, comparison, gamma in zip(names, model["comparisons"], gammas, strict=True)
            }
            for left, right, *gammas in rows
        }

    def weights(
        self, model: dict[str, Any], pairs: Pairs
    ) -> dict[tuple[str, str], tuple[float, list[dict[str, Any]]]]:
        """Return the match weight of each pair of nodes, however low, and what it consists of."""
        self._propose(pairs)
        linkage = self.warehouse.project.linkage
        low = linkage.near_miss_threshold.model_copy(update={"match_weight": -100})
        score_candidates(
            self.engine, model, linkage.model_copy(update={"near_miss_threshold": low}), "splink_pair"
        )
        rows = self.engine.fetch_all(
            "select l.source_record_id, r.source_record_id, match_weight, comparison_weights from splink_pair"
            " join record as l on l.record = left_cluster join record as r on r.record = right_cluster"
        )
        return {(left, right): (weight, parts) for left, right, weight, parts in rows}

    def _propose(self, pairs: Pairs) -> None:
        self.engine.execute(
            "create or replace table candidate (match_key varchar, join_key_l bigint, join_key_r bigint)"
        )
        for pair in pairs:
            self.engine.execute(f"insert into candidate select '0', ({_NUMBER}), ({_NUMBER})", pair)


_NUMBER = "select record from record where source_record_id = ?"


@contextmanager
def open_records(
    warehouse: Warehouse, *records: SourceRecord, **tables: Sequence[Row]
) -> Iterator[Workspace]:
    """Open linkage's workspace over the records.

    Args:
        tables: rows of `web_event`, `consent_event` or `record_attribute`, which are empty otherwise.
    """
    warehouse.deliver(*records)
    for name in READ_BY_LINKAGE:
        warehouse.given(name, *tables.pop(name, ()))
    assert not tables, f"linkage does not read {[*tables]}"
    warehouse.build("identifier", "given_name_root")
    linkage, options = warehouse.project.linkage, EngineOptions(threads=1)
    with open_workspace(warehouse.engine, linkage, options) as engine:
        yield Workspace(engine, warehouse)


def _label(comparison: dict[str, Any], gamma: int) -> str | None:
    levels = levels_of(comparison)[::-1]
    if gamma < 0:
        return None
    return "differs" if gamma == 0 else str(levels[gamma]["label_for_charts"])
