"""Every layout, as its vendor writes it: one night loads all files of `exports/` and leaves exactly these rows."""

from __future__ import annotations

import csv
import dataclasses
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG, Project, load_project
from cdp_pipeline.contracts.source import Source, SourceFile, Thresholds
from cdp_pipeline.contracts.table import Sensitivity
from cdp_pipeline.delivered_identity import identities_of
from cdp_pipeline.engine import Engine
from cdp_pipeline.extract.tables import extract_models
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import build_model, load_models
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.tables import validate_models
from cdp_pipeline_tests.integration.every_layout_rows import COUNTS, RECORDS, ROWS, SET_ASIDE, Row

EXPORTS = Path(__file__).resolve().parent.parent / "exports"
LAYOUTS = sorted(folder.name for folder in EXPORTS.iterdir() if folder.is_dir())
NOT_AN_EXPORT = {"link_input"}  # anyone's own file, for `cdp link`
BERLIN = {"zone": "Europe/Berlin", "country": "DE", "currency": "EUR"}
BROOKLYN = {"zone": "America/New_York", "country": "US", "currency": "USD"}
IN_BROOKLYN = {"square_items", "square_transactions", "shopify_customers_older"}


def source_of(layout: str) -> Source:
    """A source that delivers one layout and is not blocked by the bad rows of so small a file."""
    return Source(
        source=layout,
        title=layout,
        thresholds=Thresholds(quarantined_blocks=1),
        files=[SourceFile(layout=layout, path=f"{layout}/*")],
        **(BROOKLYN if layout in IN_BROOKLYN else BERLIN),
    )


def deliver_everything(landing: Path) -> None:
    for layout in LAYOUTS:
        shutil.copytree(EXPORTS / layout, landing / layout)
    audience = landing / "mailchimp_audience"
    with zipfile.ZipFile(audience / "audience_export_0a1b2c3d4e.zip", "w") as archive:
        for member in sorted(audience.glob("*.csv")):
            archive.write(member, member.name)
            member.unlink()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    root = tmp_path_factory.mktemp("every_layout")
    deliver_everything(root / "landing")
    project: Project = dataclasses.replace(
        load_project(root, landing=root / "landing"), sources={name: source_of(name) for name in LAYOUTS}
    )
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        night = Night(engine, project, date(2026, 5, 4), "run")
        for model in load_models(project, [*extract_models(project), *validate_models(project)]):
            if not model.stage.is_after(Stage.STANDARDISE):
                build_model(night, model)
        yield engine


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    """Rows as text, so that money and times read as they are written here; null and true stay."""
    found = engine.fetch_all(sql)
    return [tuple(value if isinstance(value, bool | None) else str(value) for value in row) for row in found]


def test_every_layout_that_ships_has_an_export() -> None:
    assert {path.stem for path in (SHIPPED_CONFIG / "layouts").glob("*.yml")} - NOT_AN_EXPORT == set(LAYOUTS)


def test_every_record_of_every_file_is_loaded_or_set_aside(engine: Engine) -> None:
    assert (
        rows(engine, "select path, refused_because from extract.file where refused_because is not null") == []
    )
    counted = {
        (layout, Path(re.split("[/!]", path)[-1])): (physical, loaded + quarantined + blank)
        for layout, path, physical, loaded, quarantined, blank in engine.fetch_all(
            "select layout, path, physical_records, loaded_records, quarantined_records, blank_records"
            " from validate.conservation"
        )
    }
    delivered = {}
    for file in EXPORTS.glob("*/*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as text:
            records = len(list(csv.reader(text))) - 1
        delivered[file.parent.name, Path(file.name)] = (records, records)
    assert counted == delivered


def test_the_bad_record_of_each_layout_is_set_aside_and_no_other(engine: Engine) -> None:
    assert (
        rows(engine, "select layout, line, rule from validate.quarantine order by layout, line") == SET_ASIDE
    )


def test_each_layout_feeds_its_tables_with_so_many_rows(engine: Engine) -> None:
    found: dict[str, dict[str, int]] = {}
    for table in sorted({table for tables in COUNTS.values() for table in tables}):
        for source, count in engine.fetch_all(
            f"select source_system, count(*) from standardise.{table} group by all"
        ):
            found.setdefault(source, {})[table] = count
    assert found == COUNTS


@pytest.mark.parametrize(("source", "record_id", "expected"), RECORDS)
def test_a_person_is_read_right(engine: Engine, source: str, record_id: str, expected: Row) -> None:
    assert rows(
        engine,
        "select given_name, family_name, name_suffix, birth_date, gender, updated_at"
        f" from standardise.customer_record where source_system = '{source}' and source_record_id = '{record_id}'",
    ) == [expected]


@pytest.mark.parametrize("sql", ROWS, ids=[sql.partition("standardise.")[2].split()[0] for sql in ROWS])
def test_the_tables_hold_these_rows(engine: Engine, sql: str) -> None:
    assert rows(engine, sql) == ROWS[sql]


TOLD_BY_ADDRESS = ("shopify_customers_older", "woocommerce_customers")
"""Layouts without an id of the record: it is made of an address or a user name, which identify it instead."""

STANDARDISED = {
    "record": "select source_system, 'record|' || concat_ws('|', source_system, record_kind, source_record_id)"
    " from standardise.delivered_record",
    "email": "select source_system, 'email|' || contact_value from standardise.contact_point"
    " where contact_kind = 'email' and contact_value is not null",
    "consent": "select source_system, 'email|' || contact_value from standardise.consent_event"
    " where contact_kind = 'email'",
    "event": "select source_system, 'email|' || email from standardise.email_event",
    "suppression": "select source_system, contact_kind || '|' || contact_value from standardise.suppression"
    " where contact_kind in ('email', 'sha256') and contact_value is not null",
    "purchase": "select source_system, 'purchase|' || source_system || '|' || purchase_id from standardise.purchase",
    "line": "select source_system, 'purchase|' || source_system || '|' || purchase_id from standardise.purchase_line",
    "cookie": "select source_system, 'cookie|' || source_system || '|' || cookie_id from standardise.web_event",
    "ticket": "select source_system, 'interaction|' || source_system || '|' || interaction_id"
    " from standardise.service_interaction",
    "loyalty": "select source_system, 'external_id|' || id_kind || '|' || id_value from standardise.external_id"
    " where id_kind = 'loyalty_number'",
    "phone": "select source_system, 'phone|' || ltrim(contact_value, '+') from standardise.contact_point"
    " where contact_kind = 'phone' and contact_value is not null and starts_with(delivered_value, '+')",
}
"""What standardising takes for a person's: source and identity, as `cdp_pipeline.delivered_identity` writes it."""


@pytest.mark.parametrize("what", STANDARDISED)
def test_columns_declare_whose_record_it_is(engine: Engine, what: str) -> None:
    """What the layouts leave undeclared, an erasure does not find, and loading does not keep out."""
    layouts = load_project(SHIPPED_CONFIG.parent).layouts
    declared = " union all ".join(
        f"select source_system, identity from ({query})"
        for name in LAYOUTS
        if (query := identities_of(layouts[name], f"extract.raw_{name}", {}))
    )
    taken = f"select * from ({STANDARDISED[what]}) as t(source_system, identity)"
    derived = f"source_system in {TOLD_BY_ADDRESS} and starts_with(identity, 'record|')"
    assert engine.fetch_value(f"select count(*) from ({taken})") > 0
    assert (
        engine.fetch_all(
            f"select * from ({taken}) anti join ({declared}) using (source_system, identity) where not ({derived})"
        )
        == []
    )


@pytest.mark.parametrize("layout", sorted({*LAYOUTS, *NOT_AN_EXPORT}))
def test_a_layout_of_people_declares_what_identifies_them(layout: str) -> None:
    columns = load_project(SHIPPED_CONFIG.parent).layouts[layout].columns.values()
    if any(column.sensitivity is Sensitivity.DIRECT for column in columns):
        assert any(column.identifies for column in columns)
