"""Nights on which the clusters are set by hand and only the customer ids are built, by the night's own code."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.link.id_tables import CREATE_TABLES
from cdp_pipeline.link.stable_ids import build_customer_source_record
from cdp_pipeline.night import Night
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.warehouse import BUSINESS_DATE as FIRST_NIGHT
from cdp_pipeline_tests.warehouse import shipped_project

Decision = tuple[int, str, str, str]
"""decision_id, must_link or never_link, and the two records."""

STATE = tuple(CREATE_TABLES)


class ClusterNights:
    """Runs the ids over clusters. All records are contacts of one CRM.

    Args:
        root: the project's folder; `change_rules` writes there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine = Engine.open(options=EngineOptions(threads=1))
        self.engine.create_schemas([Stage.LINK])

    @property
    def project(self) -> Project:
        """The project as committed, in the folder."""
        return dataclasses.replace(shipped_project(), root=self.root)

    def run(
        self,
        *clusters: str,
        on: date = FIRST_NIGHT,
        data: Mapping[str, str] | None = None,
        decisions: Collection[Decision] = (),
    ) -> dict[str, str]:
        """Run one night: `run("a b", "c")` has a and b as one person; return the ids by record.

        Args:
            data: what linkage sees of a record; of records left out always the same.
            decisions: the decisions in force.
        """
        return self.run_groups([cluster.split() for cluster in clusters], on, data or {}, decisions)

    def run_groups(
        self,
        groups: Iterable[Collection[str]],
        on: date,
        data: Mapping[str, str],
        decisions: Collection[Decision],
    ) -> dict[str, str]:
        members = [(name, number) for number, group in enumerate(groups) for name in group]
        self._replace("link.cluster", pa.table({
            "source_record_id": pa.array([name for name, _ in members], pa.string()),
            "cluster_id": pa.array([number for _, number in members], pa.int64()),
        }))  # fmt: skip
        self._replace("link.linkage_record", pa.table({
            "source_record_id": pa.array([name for name, _ in members], pa.string()),
            "name_key": pa.array([data.get(name, "") for name, _ in members], pa.string()),
        }))  # fmt: skip
        self.engine.replace_table(
            "link.identifier",
            "select source_system, record_kind, source_record_id, 'email' as identifier_kind,"
            " name_key as identifier_value from link.linkage_record",
        )
        self._replace_decisions(decisions)
        with self.engine.transaction():
            build_customer_source_record(Night(self.engine, self.project, on, "test"))
        return self.customers()

    def customers(self) -> dict[str, str]:
        return dict(
            self.engine.fetch_all("select source_record_id, customer_id from link.customer_source_record")
        )

    def events(self, on: date) -> list[tuple[str, str, str | None]]:
        return self.engine.fetch_all(
            "select event, customer_id, other_customer_id from link.customer_id_event "
            "where business_date = ? order by event_number",
            [on],
        )

    def causes(self, on: date) -> list[tuple[str, str]]:
        return self.engine.fetch_all(
            "select event, cause from link.customer_id_event where business_date = ? order by event_number",
            [on],
        )

    def aliases(self) -> dict[str, str]:
        return dict(self.engine.fetch_all("select old_customer_id, customer_id from link.customer_id_alias"))

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything that one night hands to the next."""
        return {table: self.engine.fetch_all(f"from {table} order by all") for table in STATE}

    def change_rules(self, text: str, name: str = "linkage.yml") -> None:
        """Write a file of the project's own linkage configuration."""
        path = self.root / "config" / "linkage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _replace(self, table: str, rows: pa.Table) -> None:
        with self.engine.arrow_view(rows) as view:
            self.engine.replace_table(
                table, f"select 'crm' as source_system, 'contact' as record_kind, * from {view}"
            )

    def _replace_decisions(self, decisions: Collection[Decision]) -> None:
        ids, kinds, lefts, rights = zip(*decisions, strict=True) if decisions else ((), (), (), ())
        rows = pa.table({
            "decision_id": pa.array(ids, pa.int64()),
            "decision": pa.array(kinds, pa.string()),
            "l": pa.array(lefts, pa.string()),
            "r": pa.array(rights, pa.string()),
        })  # fmt: skip
        key = "'crm' as {0}_source_system, 'contact' as {0}_record_kind, {1} as {0}_source_record_id"
        with self.engine.arrow_view(rows) as view:
            self.engine.replace_table(
                "link.match_decision",
                f"select decision_id, decision, {key.format('left', 'l')}, {key.format('right', 'r')},"
                f" timestamp '2026-05-01 08:00:00' as decided_at from {view}",
            )
