"""The records that a bare linkage gets: those of the night that it is compared with."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline_tests.benchmarks.yardstick import write_records
from cdp_pipeline_tests.conftest import PublishedNights

pytestmark = pytest.mark.slow

COLUMNS = (
    "source_dataset", "unique_id", "first_name", "last_name", "email", "phone", "dob", "postcode", "address",
)  # fmt: skip


def test_each_standardised_record_is_one_row_of_text(nights: PublishedNights, tmp_path: Path) -> None:
    database, target = nights.second / "identified.duckdb", tmp_path / "records.parquet"
    written = write_records(database, target)
    with Engine.open(database, read_only=True) as engine:
        records = engine.row_count("standardise.customer_record")
        rows = f"from {quote_literal(str(target))}"
        assert engine.describe(rows) == dict.fromkeys(COLUMNS, "VARCHAR")
        assert written == records == engine.fetch_value(f"select count(distinct unique_id) {rows}") > 500
        counts = ", ".join(f"count({column})" for column in COLUMNS)
        [known] = engine.fetch_all(f"select {counts} {rows}")
        assert min(known) > 0, "every column is known of some record"
        invalid = engine.fetch_value(
            f"select count(*) {rows} where email not in ("
            "select contact_value from standardise.contact_point where contact_kind = 'email' and is_valid)"
        )
        assert invalid == 0
