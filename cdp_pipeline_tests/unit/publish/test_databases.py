"""What analysts get of a table: its columns in their forms, nothing that few people share, no small groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.contracts.settings import PublishSettings
from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.publish.databases import write_databases
from cdp_pipeline.sql_project.model import Model, python_model
from cdp_pipeline.stages import Stage

PROFILE = [
    {"name": "customer_id", "type": "VARCHAR", "sensitivity": "pseudonym", "description": "The customer."},
    {"name": "email", "type": "VARCHAR", "sensitivity": "direct", "description": "The address."},
    {"name": "birth_date", "type": "DATE", "sensitivity": "quasi", "analyst": "decade", "description": "Birth."},
    {"name": "region", "type": "VARCHAR", "sensitivity": "quasi", "analyst": "keep", "description": "Region."},
    {"name": "postcode", "type": "VARCHAR", "sensitivity": "quasi", "analyst": "prefix_2", "description": "Code."},
    {"name": "city", "type": "VARCHAR", "sensitivity": "quasi", "description": "City."},
    {"name": "orders", "type": "BIGINT", "description": "Orders."},
]  # fmt: skip


def model_of(columns: Sequence[dict[str, Any]], **contract: Any) -> Model:
    described = TableContract(
        model="golden_profile",
        description="Profiles.",
        grain="one row per customer",
        owner="team:data_engineering",
        publish=["identified", "analyst"],
        columns=list(columns),
        **contract,
    )
    return python_model(Stage.GOLDEN, described, lambda _: None, (), Path("x.yml"))


def published(tmp_path: Path, model: Model, rows: str, reader: str, smallest_group: int = 3) -> Engine:
    project = load_project(tmp_path)
    settings = project.settings.model_copy(update={"publish": PublishSettings(smallest_group=smallest_group)})
    with Engine.open() as engine:
        engine.create_schemas([Stage.GOLDEN])
        engine.execute(f"create table golden.golden_profile as from ({rows})")
        night = Night(engine, dataclasses.replace(project, settings=settings), date(2026, 5, 4), "run")
        write_databases(night, [model], tmp_path)
    return Engine.open(tmp_path / f"{reader}.duckdb", read_only=True)


FIVE_PROFILES = """
select * from (values
    ('a', 'a@example.com', date '1961-02-03', 'Bayern', '80331', 'München', 1),
    ('b', 'b@example.com', date '1969-12-31', 'Bayern', '80999', 'München', 2),
    ('c', 'c@example.com', date '1960-01-01', 'Bayern', '80001', 'München', 3),
    ('d', 'd@example.com', date '1970-01-01', 'Berlin', '10115', 'Berlin', 4),
    ('e', 'e@example.com', null, 'Berlin', null, 'Berlin', 5)
) as profile (customer_id, email, birth_date, region, postcode, city, orders)
"""


def test_analysts_get_bands_and_only_values_that_enough_people_share(tmp_path: Path) -> None:
    with published(tmp_path, model_of(PROFILE), FIVE_PROFILES, "analyst") as analyst:
        rows = analyst.fetch_all(
            "select orders, birth_date, region, postcode from golden.golden_profile order by orders"
        )
        columns = list(analyst.describe("from golden.golden_profile"))
    assert rows == [
        (1, date(1960, 1, 1), "Bayern", "80"),
        (2, date(1960, 1, 1), "Bayern", "80"),
        (3, date(1960, 1, 1), "Bayern", "80"),
        (4, None, None, None),
        (5, None, None, None),
    ]
    assert columns == ["customer_id", "birth_date", "region", "postcode", "orders"]


def test_one_person_with_many_rows_does_not_make_a_value_common(tmp_path: Path) -> None:
    rows = "select 'a' as customer_id, 'Bayern' as region from range(9) union all select 'b', 'Bayern'"
    columns = [column for column in PROFILE if column["name"] in ("customer_id", "region")]
    with published(tmp_path, model_of(columns), rows, "analyst") as analyst:
        assert analyst.fetch_column("select distinct region from golden.golden_profile") == [None]


def test_groups_of_few_people_are_left_out_for_analysts_alone(tmp_path: Path) -> None:
    columns = [
        {"name": "region", "type": "VARCHAR", "sensitivity": "quasi", "analyst": "keep", "description": "Region."},
        {"name": "people", "type": "BIGINT", "description": "Customers."},
    ]  # fmt: skip
    model = model_of(columns, counts_people="people")
    rows = "select * from (values ('Bayern', 3), ('Berlin', 2)) as area (region, people)"
    with published(tmp_path, model, rows, "analyst") as analyst:
        assert analyst.fetch_all("from golden.golden_profile") == [("Bayern", 3)]
    with Engine.open(tmp_path / "identified.duckdb", read_only=True) as identified:
        assert identified.row_count("golden.golden_profile") == 2


def test_ids_are_other_ones_and_equal_for_equal_ids(tmp_path: Path) -> None:
    rows = "select unnest(['a', 'a', 'b']) as customer_id, unnest([1, 2, 3]) as orders"
    columns = [column for column in PROFILE if column["name"] in ("customer_id", "orders")]
    with published(tmp_path, model_of(columns), rows, "analyst") as analyst:
        first, second, third = analyst.fetch_column(
            "select customer_id from golden.golden_profile order by orders"
        )
    assert first == second != third
    assert "a" not in (first, third)


def test_comments_tell_analysts_what_was_taken_from_a_column(tmp_path: Path) -> None:
    with published(tmp_path, model_of(PROFILE), FIVE_PROFILES, "analyst") as analyst:
        comments = dict(analyst.fetch_all("select column_name, comment from duckdb_columns()"))
    assert comments["birth_date"] == (
        "Birth. Here the first day of its ten years. Null where fewer than 3 people share it."
    )
    assert comments["orders"] == "Orders."


def test_a_table_that_cannot_tell_who_shares_a_value_gives_analysts_none() -> None:
    columns = [column for column in PROFILE if column["name"] in ("region", "orders")]
    with pytest.raises(ValueError, match="nothing says how many share a value"):
        model_of(columns)


def test_a_count_of_people_must_be_a_column() -> None:
    with pytest.raises(ValueError, match="counts_people names no column of the table: people"):
        model_of(PROFILE, counts_people="people")
