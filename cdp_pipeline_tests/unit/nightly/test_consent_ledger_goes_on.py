"""A lost working file does not lose the refusals that only the ledger knew."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.consent_ledger import continue_consent_ledger
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline_tests.warehouse import Warehouse

ENTRIES = "select cast(recorded_on as varchar), entry, status from golden.consent_ledger order by all"


def publish_ledger(root: Path) -> None:
    """A published night whose ledger holds a refusal that no source states any more."""
    folder = root / "data" / "published" / "2026-05-04-test"
    folder.mkdir(parents=True)
    warehouse = Warehouse(business_date=date(2026, 5, 4))
    warehouse.add_consent("ann@example.org", "marketing", "withdrawn", "2026-02-01")
    warehouse.build("consent_ledger")
    ledger = warehouse.engine.fetch_arrow("from golden.consent_ledger")
    with Engine.open(folder / "identified.duckdb") as engine, engine.arrow_view(ledger) as view:
        engine.create_schemas(["golden"])
        engine.execute(f"create table golden.consent_ledger as from {view}")
    point_current_to(folder)


def test_ledger_goes_on_from_the_published_night(tmp_path: Path) -> None:
    publish_ledger(tmp_path)
    anew = Warehouse()
    continue_consent_ledger(anew.on(date(2026, 5, 5), root=tmp_path))
    assert anew.rows(ENTRIES) == [
        ("2026-05-04", "recorded", "withdrawn"),
        ("2026-05-05", "no_longer_stated", "withdrawn"),
    ]


def test_ledger_of_the_working_file_counts_where_there_is_one(tmp_path: Path) -> None:
    publish_ledger(tmp_path)
    warehouse = Warehouse()
    night = warehouse.on(date(2026, 5, 5), root=tmp_path)
    warehouse.build("consent_ledger")
    continue_consent_ledger(night)
    assert warehouse.rows(ENTRIES) == []


def test_first_night_begins_with_an_empty_ledger(tmp_path: Path) -> None:
    warehouse = Warehouse()
    continue_consent_ledger(warehouse.on(date(2026, 5, 5), root=tmp_path))
    assert warehouse.rows(ENTRIES) == []
