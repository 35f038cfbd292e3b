"""A night whose exports lie on S3 and whose loyalty members stand in PostgreSQL, through extract and validate."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.extract.remote import fetch_landing
from cdp_pipeline.extract.tables import extract_models
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.tables import validate_models
from cdp_pipeline_tests.sample_project import SAMPLES
from cdp_pipeline_tests.servers import DatabaseServer, S3Server

pytestmark = pytest.mark.slow

CONFIG = {
    "project.yml": """
name: elsewhere
title: Exports elsewhere
landing:
  url: s3://company/exports
  options_env: {key: LANDING_KEY, secret: LANDING_SECRET, endpoint_url: LANDING_ENDPOINT}
""",
    "sources/club.yml": """
source: club
title: Loyalty programme
zone: Europe/Berlin
country: DE
currency: EUR
files:
  - layout: loyalty_members
    database: {url_env: CLUB_DATABASE, table: club.members, watermark: updated_at}
""",
    "sources/prefs.yml": """
source: prefs
title: Preference centre
zone: Europe/Berlin
country: DE
currency: EUR
files:
  - {layout: consent_preferences, path: "consent/*.csv"}
""",
}


def test_exports_on_s3_and_members_in_postgresql_make_one_night(
    s3_server: S3Server, postgresql: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in CONFIG.items():
        path = tmp_path / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("LANDING_KEY", s3_server.access_key)
    monkeypatch.setenv("LANDING_SECRET", s3_server.secret_key)
    monkeypatch.setenv("LANDING_ENDPOINT", s3_server.endpoint)
    monkeypatch.setenv("CLUB_DATABASE", postgresql.url)
    [members] = (SAMPLES / "night_1" / "till").glob("loyalty_members*.csv")
    members_in_table = fill_table(postgresql.url, members)
    project = load_project(tmp_path)
    with s3_server.bucket("company") as bucket, Engine.open() as engine:
        for path in (SAMPLES / "night_1" / "consent").glob("*.csv"):
            bucket.put(f"exports/consent/{path.name}", path.read_bytes())
        fetch_landing(project)
        engine.create_schemas(list(Stage))
        night = Night(engine, project, date(2026, 5, 4), "run1")
        for model in [*extract_models(project), *validate_models(project)]:
            build_model(night, model)
        assert engine.fetch_all("select source_system, state from validate.source_night order by 1") == [
            ("club", "ok"),
            ("prefs", "ok"),
        ]
        assert engine.row_count("validate.consent_preferences") > 0
        assert engine.fetch_all(
            "select physical_records, loaded_records + quarantined_records + blank_records"
            " from validate.conservation where source_system = 'club'"
        ) == [(members_in_table, members_in_table)]
        assert engine.row_count("validate.loyalty_members") > 50


def fill_table(url: str, members: Path) -> int:
    """Copy an export's whole records into a table of text columns and a time; tell how many."""
    header, *records = csv.reader(members.read_text(encoding="utf-8").splitlines())
    whole = [record for record in records if len(record) == len(header)]
    columns = ", ".join(f"{name} {'timestamptz' if name == 'updated_at' else 'text'}" for name in header)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    connection = engine.raw_connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute("drop schema if exists club cascade")
            cursor.execute("create schema club")
            cursor.execute(f"create table club.members ({columns})")
            with cursor.copy("copy club.members from stdin") as copy:
                for record in whole:
                    copy.write_row([value or None for value in record])
        connection.commit()
    finally:
        connection.close()
    return len(whole)
