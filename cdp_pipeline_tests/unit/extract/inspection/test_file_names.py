"""A drafted pattern finds the next night's file, and no more than that."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from cdp_pipeline.extract.inspection.file_names import glob_of, plain_and_suffix


@pytest.mark.parametrize(
    ("name", "glob", "next_name"),
    [
        ("report-2026-05-04T0915.csv", "report-*.csv", "report-2026-05-05T0931.csv"),
        ("part-00000-3f1c9.snappy.parquet", "part-*.parquet", "part-00001-77ab0.snappy.parquet"),
        ("contact-export-66a1c3.csv", "contact-export-*.csv", "contact-export-77b2d9.csv"),
        ("Export_Kunden_20260504-031500.csv", "Export_Kunden_*.csv", "Export_Kunden_20260505-031501.csv"),
        ("kunden_04.05.2026.csv", "kunden_*.csv", "kunden_05.05.2026.csv"),
        ("orders_2026-05.csv.gz", "orders_*.csv.gz", "orders_2026-06.csv.gz"),
        ("2026-05-04_customers.csv", "*_customers*.csv", "2026-05-05_customers.csv"),
        ("20260504.csv", "*.csv", "20260505.csv"),
        ("dim_customer_0_0_0.tsv.gz", "dim_customer*.tsv.gz", "dim_customer_0_1_0.tsv.gz"),
        ("export (1).csv", "export*.csv", "export.csv"),
        ("members_old.csv", "members_old*.csv", "members_old.csv"),
        ("crm2_facade.csv", "crm2_facade*.csv", "crm2_facade.csv"),
        (
            "7f9c24e8-3b12-4c11-9f00-aa12bb34cc56.jsonl",
            "*.jsonl",
            "00aa24e8-3b12-4c11-9f00-aa12bb34cc57.jsonl",
        ),
    ],
)
def test_a_pattern_is_cut_where_the_name_changes(name: str, glob: str, next_name: str) -> None:
    assert glob_of(name) == glob
    assert fnmatchcase(name, glob)
    assert fnmatchcase(next_name, glob)


def test_what_stays_names_the_source() -> None:
    assert plain_and_suffix("report-2026-05-04T0915.csv") == ("report", ".csv")
    assert plain_and_suffix("2026-05-04_customers.csv.gz") == ("customers", ".csv.gz")
