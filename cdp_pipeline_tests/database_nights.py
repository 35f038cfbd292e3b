"""Nights of a project with one source that is read from a database, in memory: extract, or extract and validate."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.contracts.settings import RetrySettings
from cdp_pipeline.contracts.source import DatabaseExtract, Delivery, Source, SourceFile
from cdp_pipeline.extract.tables import extract_models
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.tables import validate_models
from cdp_pipeline_tests.uncommented_engine import UncommentedEngine
from cdp_pipeline_tests.unit.validate.landing_nights import CLUB, members_layout

URL_ENV = "CLUB_DATABASE"


class DatabaseNights:
    """A club whose members stand in a database; its URL is in the environment."""

    def __init__(self, root: Path, layout: Layout | None = None, **changes: Any) -> None:
        self.engine = UncommentedEngine.open()
        self.engine.create_schemas(list(Stage))
        self.root, self.layout = root, layout or members_layout()
        (root / "landing").mkdir(parents=True, exist_ok=True)
        self.configure(**changes)

    def configure(self, delivery: Delivery = Delivery.INCREMENT, **database: Any) -> None:
        asked = {"url_env": URL_ENV, "table": None if "query" in database else "members", **database}
        file = SourceFile(layout=self.layout.layout, database=DatabaseExtract(**asked), delivery=delivery)
        source = Source(source=CLUB, title="Club", zone="UTC", country="DE", currency="EUR", files=[file])
        project = load_project(self.root, landing=self.root / "landing")
        self.project = dataclasses.replace(
            project,
            layouts={self.layout.layout: self.layout},
            sources={CLUB: source},
            settings=project.settings.model_copy(update={"retry": RetrySettings(max_retries=0)}),
        )

    def extract(self, day: int = 4, *, until: str = "") -> None:
        night = Night(self.engine, self.project, date(2026, 5, day), f"run{day}")
        for model in extract_models(self.project):
            build_model(night, model)
            if model.full_name == until:
                return

    def run(self, day: int = 4) -> None:
        self.extract(day)
        night = Night(self.engine, self.project, date(2026, 5, day), f"run{day}")
        for model in validate_models(self.project):
            build_model(night, model)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.fetch_all(sql)

    def reads(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "select read_on::varchar, records, refused_because from extract.database_read order by number"
        )

    def members(self) -> list[tuple[Any, ...]]:
        return self.rows("select member_no, city from validate.members order by member_no")

    def refusals(self) -> list[str]:
        return self.engine.fetch_column(
            "select refused_because from extract.file where refused_because is not null"
        )
