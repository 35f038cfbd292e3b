"""Who objected to profiling, or restricted all use, is kept from the readers of a published night."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.publish.databases import write_databases
from cdp_pipeline.sql_project.model import Model, python_model
from cdp_pipeline.stages import Stage

RESTRICTIONS = "('c_profiling', 'profiling'), ('c_all', null), ('c_marketing', 'marketing')"
EVERYBODY = "('c_all', 1), ('c_free', 1), ('c_marketing', 1), ('c_profiling', 1)"


def table(stage: Stage, name: str) -> Model:
    columns = [
        {"name": "customer_id", "type": "VARCHAR", "description": "The customer."},
        {"name": "orders", "type": "INTEGER", "description": "Orders."},
    ]
    contract = TableContract.model_validate(
        {"model": name, "description": "x", "grain": "x", "owner": "team:privacy", "columns": columns}
        | {"publish": ["identified", "analyst"]}
    )
    return python_model(stage, contract, lambda _: None, (), Path("x.yml"))


@pytest.mark.parametrize(
    ("file", "name", "shown"),
    [
        ("identified", "segment.purchase_summary", ["c_free", "c_marketing"]),
        ("analyst", "segment.purchase_summary", ["c_free", "c_marketing"]),
        ("identified", "golden.golden_profile", ["c_all", "c_free", "c_marketing", "c_profiling"]),
        ("analyst", "golden.golden_profile", ["c_free", "c_marketing", "c_profiling"]),
    ],
)
def test_traits_of_who_objected_to_profiling_are_in_no_file(
    tmp_path: Path, file: str, name: str, shown: list[str]
) -> None:
    models = [table(Stage.GOLDEN, "golden_profile"), table(Stage.SEGMENT, "purchase_summary")]
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        engine.execute(
            "create table golden.processing_restriction as"
            f" from (values {RESTRICTIONS}) as one (customer_id, purpose)"
        )
        for model in models:
            engine.execute(
                f"create table {model.full_name} as from (values {EVERYBODY}) as c (customer_id, orders)"
            )
        write_databases(Night(engine, load_project(tmp_path), date(2026, 5, 4), "run"), models, tmp_path)
    with Engine.open(tmp_path / f"{file}.duckdb", read_only=True) as published:
        assert published.fetch_column(f"select customer_id from {name} order by 1") == shown
