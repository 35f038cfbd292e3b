"""A project with one source of the test's own making, taken through extract and validate night by night."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Delivery, Source, SourceFile
from cdp_pipeline.extract.tables import extract_models
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.tables import validate_models
from cdp_pipeline_tests.uncommented_engine import ONE_THREAD, UncommentedEngine
from cdp_pipeline_tests.warehouse import shipped_project

CLUB = "club"


def members_layout(**changes: Any) -> Layout:
    """One line per member; the newest `updated_at` wins; a city begins with a capital letter."""
    document = {
        "layout": "members",
        "title": "Members",
        "description": "Test layout.",
        "documentation": "none",
        "format": {"spreadsheet_guard": "'"},
        "key": ["member_no"],
        "version_column": "updated_at",
        "columns": {
            "member_no": {"header": "no", "is_required": True},
            "city": {"header": "city"},
            "updated_at": {"header": "updated"},
        },
        "expectations": [
            {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "member_no"}},
            {
                "type": "expect_column_values_to_match_regex",
                "kwargs": {"column": "city", "regex": "^[A-Z]"},
            },
        ],
        **changes,
    }
    return parse_contract(document, Layout, origin="test")


def orders_layout() -> Layout:
    """Several lines per order, no version of its own: the later delivery wins."""
    return members_layout(
        layout="orders",
        key=["order_no"],
        lines_per_key="many",
        version_column=None,
        columns={"order_no": {"header": "order"}, "item": {"header": "item"}},
        expectations=[],
    )


def audience_layout() -> Layout:
    """A list whose status stands in the file's name alone."""
    return members_layout(
        layout="audience",
        key=["leid"],
        version_column=None,
        facts_from_name="(?P<status>unsubscribed|subscribed)_",
        columns={"leid": {"header": "leid"}},
        expectations=[],
    )


def club_project(
    root: Path, layout: Layout, pattern: str = "*.csv", delivery: Delivery = Delivery.INCREMENT
) -> Project:
    """A project whose only source delivers the layout, out of `root/landing`."""
    landing = root / "landing"
    landing.mkdir(parents=True, exist_ok=True)
    source = Source(
        source=CLUB,
        title="Club",
        zone="UTC",
        country="DE",
        currency="EUR",
        files=[SourceFile(layout=layout.layout, path=pattern, delivery=delivery)],
    )
    changes = {"layouts": {layout.layout: layout}, "sources": {CLUB: source}, "landing_override": landing}
    return dataclasses.replace(shipped_project(), root=root, **changes)


class LandingNights:
    """Nights of a club's project, in memory: deliver files, then run extract and validate."""

    def __init__(
        self, root: Path, layout: Layout, pattern: str = "*.csv", delivery: Delivery = Delivery.INCREMENT
    ) -> None:
        self.root, self.pattern, self.delivery = root, pattern, delivery
        self.engine = UncommentedEngine.open(options=ONE_THREAD)
        self.engine.create_schemas(list(Stage))
        self.change_layout(layout)

    def change_layout(self, layout: Layout) -> None:
        self.project = club_project(self.root, layout, self.pattern, self.delivery)

    def add_source(self, name: str, **changes: Any) -> None:
        """Give the project one more source, which delivers the same layout out of a folder of its name."""
        [first, *_] = self.project.sources.values()
        files = [first.files[0].model_copy(update={"path": f"{name}/*.csv"})]
        source = first.model_copy(update={"source": name, "title": name.title(), "files": files, **changes})
        self.project = dataclasses.replace(self.project, sources={**self.project.sources, name: source})

    def let_in(self, *broken: tuple[int, str]) -> None:
        """Decide to let lines of the only file in, for one rule each, as it stands."""
        gate = [spec for layout in self.project.layouts.values() for spec in layout.gate]
        demands = {spec.expectation_id: spec.demand_hash for spec in gate}
        for line, rule in broken:
            self.engine.execute(
                "insert into validate.release select 1, file_id, ?, ?, ? from extract.file",
                [line, rule, demands[rule]],
            )

    def let_files_in(self, source: str) -> None:
        """Decide to let the files of a source in as they are, by the rules that judged them last."""
        self.engine.execute(
            "insert into validate.release select 2, file_id, null, null, judged_by from validate.conservation"
            " where source_system = ?",
            [source],
        )

    def take_back(self) -> None:
        """Take all decisions back."""
        self.engine.execute(
            "create or replace table validate.taken_back as select decision_id, file_id from validate.release"
        )
        self.engine.execute("delete from validate.release")

    def deliver(self, name: str, content: str) -> None:
        path = self.project.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def remove(self, name: str) -> None:
        (self.project.landing / name).unlink()

    def run(self, day: int = 4) -> None:
        night = Night(self.engine, self.project, date(2026, 5, day), f"run{day}")
        for model in [*extract_models(self.project), *validate_models(self.project)]:
            build_model(night, model)

    def validate(self, day: int = 4) -> None:
        night = Night(self.engine, self.project, date(2026, 5, day), f"run{day}")
        for model in validate_models(self.project):
            build_model(night, model)

    def extract(self, day: int = 4) -> None:
        night = Night(self.engine, self.project, date(2026, 5, day), f"run{day}")
        for model in extract_models(self.project):
            build_model(night, model)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.fetch_all(sql)
