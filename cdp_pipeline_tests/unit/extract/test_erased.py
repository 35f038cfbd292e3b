"""Records of erased people stay out of every table, and every record is accounted for all the same."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

from cdp_pipeline.extract.erased import create_tombstone
from cdp_pipeline.night import Night
from cdp_pipeline.validate.conservation import lost_records
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout, orders_layout

MEMBERS = members_layout(
    columns={
        "member_no": {"header": "no", "is_required": True, "identifies": "record/member"},
        "email": {"header": "mail", "identifies": "email", "sensitivity": "direct"},
        "phone": {"header": "phone", "identifies": "phone", "sensitivity": "direct"},
        "city": {"header": "city"},
        "updated_at": {"header": "updated"},
    },
)
HEADER = "no,mail,phone,city,updated\n"


def erase(nights: LandingNights, *identities: str) -> None:
    """Put tombstones into the working file, as a night copies them from the control database."""
    create_tombstone(Night(nights.engine, nights.project, None, "run"))  # type: ignore[arg-type]
    for identity in identities:
        digest = hmac.new(nights.project.erasure_key, identity.encode(), hashlib.sha256).hexdigest()
        nights.engine.execute(
            "insert into extract.tombstone values ($1, 'test', 1, date '2026-05-01')", [digest]
        )


def members(nights: LandingNights) -> list[str]:
    return [no for (no,) in nights.rows("select member_no from extract.raw_members order by all")]


@pytest.fixture
def nights(tmp_path: Path) -> LandingNights:
    return LandingNights(tmp_path, MEMBERS)


@pytest.mark.parametrize(
    ("identity", "delivered"),
    [
        ("email|anna@example.org", "2, Anna@Example.ORG ,,Köln,1"),
        ("record|club|member|2", "2,other@example.org,,Köln,1"),
        ("phone|DE|1713920009", "2,,0171 3920009,Köln,1"),
        ("phone|491713920009", "2,anna@example.org,+49 (171) 3920009,Köln,1"),
    ],
    ids=["email", "record", "national phone", "international phone"],
)
def test_a_record_of_an_erased_person_never_enters(
    nights: LandingNights, identity: str, delivered: str
) -> None:
    erase(nights, identity, "email|anna@example.org")
    nights.deliver("a.csv", HEADER + "1,bert@example.org,0171 1111111,Bonn,1\n" + delivered + "\n")
    nights.run()
    assert members(nights) == ["1"]
    assert nights.rows("select line from extract.erased_record") == [(3,)]
    assert nights.rows("select loaded_records, erased_records from validate.conservation") == [(1, 1)]
    assert lost_records(nights.engine) == []
    assert nights.rows("from validate.unaccounted_file") == []


def test_without_tombstones_everything_enters(nights: LandingNights) -> None:
    nights.deliver("a.csv", HEADER + "2,anna@example.org,,Köln,1\n")
    nights.run()
    assert members(nights) == ["2"]
    assert nights.rows("select erased_records from validate.conservation") == [(0,)]


def test_a_phone_number_alone_does_not_take_a_record_of_another_address(nights: LandingNights) -> None:
    erase(nights, "phone|DE|1713920009")
    nights.deliver("a.csv", HEADER + "3,new.owner@example.org,0171 3920009,Köln,1\n4,,0171 3920009,Köln,1\n")
    nights.run()
    assert members(nights) == ["3"]


def test_a_record_that_the_gate_would_set_aside_is_not_kept_for_it(nights: LandingNights) -> None:
    erase(nights, "email|anna@example.org")
    nights.deliver("a.csv", HEADER + "2,anna@example.org,,lower case city,1\n1,,,Bonn,1\n")
    nights.run()
    assert nights.rows("from validate.quarantine") == []


def test_a_record_that_cannot_be_taken_apart_is_searched_too(nights: LandingNights) -> None:
    erase(nights, "email|anna@example.org", "record|club|member|7")
    broken = '5,"anna@example.org",,Köln,1,too,many\n6,x@example.org,,Köln,1,too,many\n7,,,Köln,1,too,many\n'
    nights.deliver("a.csv", HEADER + broken + "1,,,Bonn,1\n")
    nights.run()
    assert nights.rows("select line from extract.unparsed_record") == [(3,)]
    assert nights.rows("select line from extract.erased_record order by all") == [(2,), (4,)]
    assert lost_records(nights.engine) == []


def test_all_lines_of_an_order_stay_out_with_the_one_that_names_the_buyer(tmp_path: Path) -> None:
    layout = orders_layout().model_dump() | {
        "columns": {
            "order_no": {"header": "order", "identifies": ["record/order", "purchase"]},
            "email": {"header": "mail", "identifies": "email", "sensitivity": "direct"},
            "item": {"header": "item"},
        }
    }
    nights = LandingNights(tmp_path, members_layout(**layout))
    erase(nights, "email|anna@example.org")
    nights.deliver(
        "a.csv", "order,mail,item\n1,anna@example.org,mug\n1,,cup\n2,bert@example.org,mug\n2,,cup\n"
    )
    nights.run()
    assert nights.rows("select order_no, item from extract.raw_orders order by line") == [
        ("2", "mug"),
        ("2", "cup"),
    ]
    assert lost_records(nights.engine) == []


def test_an_erased_record_is_counted_once_also_when_its_rewritten_file_is_read_anew(
    nights: LandingNights,
) -> None:
    erase(nights, "email|anna@example.org")
    nights.deliver("a.csv", HEADER + "2,anna@example.org,,Köln,1\n1,,,Bonn,1\n")
    counts = "select loaded_records, erased_records, blank_records from validate.conservation"
    nights.run(4)
    assert nights.rows(counts) == [(1, 1, 0)]
    columns = {**MEMBERS.model_dump()["columns"], "extra": {"header": "extra"}}
    nights.change_layout(members_layout(columns=columns))
    nights.run(5)
    assert nights.rows(counts) == [(1, 0, 1)]
    assert lost_records(nights.engine) == []


def test_an_address_in_the_text_of_an_event_counts_but_not_in_that_of_anothers_record(tmp_path: Path) -> None:
    note = {"header": "note", "sensitivity": "direct"}
    events = members_layout(columns={**MEMBERS.model_dump()["columns"], "note": note})
    row = "9,,,Köln,1,https://shop.example/?user=anna%40example.org&x=1\n"
    for identifies, kept in (("record/member", ["9"]), ("cookie", [])):
        columns = {**events.model_dump()["columns"]}
        columns["member_no"] = {**columns["member_no"], "identifies": [identifies]}
        nights = LandingNights(tmp_path / identifies.replace("/", "_"), members_layout(columns=columns))
        erase(nights, "email|anna@example.org")
        nights.deliver("a.csv", HEADER.replace("updated", "updated,note") + row)
        nights.run()
        assert members(nights) == kept, identifies
