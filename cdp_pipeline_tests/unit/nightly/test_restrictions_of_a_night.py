"""Restrictions and objections follow a person through merges, splits and new ids; a lost database stops the night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.control.restrictions import (
    RestrictionKind,
    lift_restriction,
    list_restrictions,
    restrict_processing,
)
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ControlError, NightError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.nightly.restrictions import read_processing_restrictions
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage

SHOP, TILL = RecordKey("shop", "customer", "1042"), RecordKey("till", "order", "7")
RESTRICTION, OBJECTION = RestrictionKind.RESTRICTION, RestrictionKind.OBJECTION
OF_TONIGHT = "select restriction_id, customer_id, purpose from golden.processing_restriction order by all"


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        night = Night(engine, load_project(tmp_path), date(2026, 5, 6), "run6")
        link(night, {SHOP: "c_eva", TILL: "c_ruth"})
        yield night


def link(night: Night, owners: Mapping[RecordKey, str], aliases: Mapping[str, str] | None = None) -> None:
    columns = "source_system varchar, record_kind varchar, source_record_id varchar, customer_id varchar"
    night.engine.execute(f"create or replace table link.customer_source_record ({columns})")
    for record, customer in owners.items():
        night.engine.execute(
            "insert into link.customer_source_record values (?, ?, ?, ?)", [*record, customer]
        )
    night.engine.execute(
        "create or replace table link.customer_id_alias (old_customer_id varchar, customer_id varchar)"
    )
    for old, new in (aliases or {}).items():
        night.engine.execute("insert into link.customer_id_alias values (?, ?)", [old, new])


def of_tonight(night: Night) -> list[tuple[object, ...]]:
    read_processing_restrictions(night)
    return night.engine.fetch_all(OF_TONIGHT)


def test_who_objected_stands_in_the_nights_table(night: Night) -> None:
    restrict_processing(night.project, OBJECTION, "c_eva", [SHOP], 7, "marketing")
    restrict_processing(night.project, RESTRICTION, "c_ruth", [TILL], 8)
    build_model(night, load_graph(night.project)["golden.processing_restriction"])
    query = "select * from golden.processing_restriction order by restriction_id"
    first, second = night.engine.fetch_arrow(query).to_pylist()
    assert abs(first.pop("since") - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=5)
    assert first == {
        "restriction_id": 1,
        "customer_id": "c_eva",
        "restriction_kind": "objection",
        "purpose": "marketing",
        "source": "privacy request 7",
    }
    assert (second["restriction_kind"], second["purpose"]) == ("restriction", None)


def test_a_merged_customer_carries_it_on(night: Night) -> None:
    restrict_processing(night.project, OBJECTION, "c_eva", [SHOP], 7, "marketing")
    link(night, {SHOP: "c_ruth", TILL: "c_ruth"}, {"c_eva": "c_ruth"})
    assert of_tonight(night) == [(1, "c_ruth", "marketing")]


def test_after_a_split_both_carry_it_on(night: Night) -> None:
    restrict_processing(night.project, RESTRICTION, "c_eva", [SHOP, TILL], 7)
    link(night, {SHOP: "c_eva", TILL: "c_new"})
    assert of_tonight(night) == [(1, "c_eva", None), (1, "c_new", None)]


def test_an_id_given_out_anew_carries_it_on_by_the_records(night: Night) -> None:
    restrict_processing(night.project, RESTRICTION, "c_eva", [SHOP], 7)
    link(night, {SHOP: "c_minted_anew"})
    assert of_tonight(night) == [(1, "c_minted_anew", None)]


def test_records_that_were_replaced_carry_it_on_by_the_id(night: Night) -> None:
    restrict_processing(night.project, RESTRICTION, "c_eva", [SHOP], 7)
    link(night, {RecordKey("shop", "customer", "2000"): "c_eva"})
    assert of_tonight(night) == [(1, "c_eva", None)]


def test_who_has_left_all_sources_stands_there_again_on_return(night: Night) -> None:
    restrict_processing(night.project, RESTRICTION, "c_eva", [SHOP], 7)
    link(night, {TILL: "c_ruth"})
    assert of_tonight(night) == []
    link(night, {SHOP: "c_eva"})
    assert of_tonight(night) == [(1, "c_eva", None)]


def test_a_lifted_one_no_longer_holds_and_stays_on_record(night: Night) -> None:
    restrict_processing(night.project, RESTRICTION, "c_eva", [SHOP], 7)
    lift_restriction(night.project, 1)
    assert of_tonight(night) == []
    assert [one.lifted_at is None for one in list_restrictions(night.project)] == [False]
    with pytest.raises(ControlError, match="restriction 1 was lifted before"):
        lift_restriction(night.project, 1)


def test_the_same_again_is_no_second_one_and_an_objection_names_its_purpose(night: Night) -> None:
    numbers = [
        restrict_processing(night.project, OBJECTION, "c_eva", [SHOP], request, purpose)
        for request, purpose in ((7, "marketing"), (8, "marketing"), (8, "profiling"))
    ]
    assert numbers == [1, 1, 2]
    with pytest.raises(ControlError, match="--purpose"):
        restrict_processing(night.project, OBJECTION, "c_eva", [SHOP], 9)


def test_a_lost_control_database_stops_the_night(night: Night) -> None:
    restrict_processing(night.project, OBJECTION, "c_gone", [], 7, "marketing")
    assert of_tonight(night) == []
    [path] = (night.project.root / "data").glob("control*")
    path.unlink()
    with pytest.raises(NightError, match="does not know restriction 1, by which the last night went"):
        read_processing_restrictions(night)
    given_up = Night(night.engine, night.project, night.business_date, "run7", accepts_fewer_rows=True)
    read_processing_restrictions(given_up)
    read_processing_restrictions(night)
