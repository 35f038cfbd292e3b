"""An activation leaves out whole segments, such as recent complainers, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cdp_pipeline.contracts.activation import Activation
from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.segment import SegmentFile
from cdp_pipeline_tests.warehouse import Warehouse

ANN, BOB, FAMILY = "ann@example.org", "bob@example.org", "family@example.org"


def segment(name: str, column: str, value: str) -> SegmentFile:
    text = {"en": name, "de": name}
    header = {"segment": name, "title": text, "description": text, "owner": "team:test"}
    rule = {"purposes": ["ad_audiences"], "where": {"column": column, "equals": value}}
    return parse_contract({**header, **rule}, SegmentFile, origin="test")


class Audience:
    """German speakers go to Google; those from Ulm and all males are segments to leave out."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()

    def add(self, customer_id: str, *contacts: str, consent: bool = True, **values: Any) -> None:
        for number, contact in enumerate(contacts):
            kind = "phone" if contact.startswith("+") else "email"
            record = {"language": "de", "city": "Bonn", **values, kind: contact}
            self.warehouse.add_record(customer_id, f"crm/contact/{customer_id}{number}", **record)
            if consent:
                self.warehouse.add_consent(contact, "ad_audiences", "granted", "2026-01-01")

    def build(self, *excluded: str) -> None:
        segments = [segment("speakers", "language", "de"), segment("ulm", "city", "Ulm")]
        segments.append(segment("males", "gender", "male"))
        header = {"activation": "x", "title": "T", "owner": "team:test", "purpose": "ad_audiences"}
        where = {"segment": "speakers", "destination": "google_customer_match"}
        activation = {**header, **where, "exclude_segments": list(excluded)}
        self.warehouse.on(
            self.warehouse.night.business_date,
            segments={s.segment: s for s in segments},
            activations={"x": parse_contract(activation, Activation, origin="test")},
        )
        self.warehouse.build()

    def sent(self) -> list[tuple[str, str]]:
        return self.warehouse.rows(
            "select customer_id, contact_value from activate.activation_row order by all"
        )

    def left_out(self, columns: Sequence[str] = ("customer_id", "reason")) -> list[tuple[Any, ...]]:
        return self.warehouse.rows(
            f"select {', '.join(columns)} from activate.audience_exclusion order by all"
        )


@pytest.fixture
def audience() -> Audience:
    return Audience()


def test_member_of_an_excluded_segment_is_left_out_with_segment_and_day(audience: Audience) -> None:
    audience.add("c1", ANN, city="Ulm")
    audience.add("c2", BOB)
    audience.build("ulm")
    assert audience.sent() == [("c2", BOB)]
    columns = ("customer_id", "reason", "cast(cast(reason_since as date) as varchar)", "reason_source")
    assert audience.left_out(columns) == [("c1", "excluded_segment", "2026-05-04", "ulm")]


def test_without_exclusion_everyone_is_sent(audience: Audience) -> None:
    audience.add("c1", ANN, city="Ulm")
    audience.build()
    assert audience.sent() == [("c1", ANN)]


def test_shared_contact_point_of_an_excluded_customer_is_not_sent_for_another(audience: Audience) -> None:
    audience.add("c1", FAMILY, city="Ulm")
    audience.add("c2", FAMILY, BOB)
    audience.add("c3", FAMILY)
    audience.build("ulm")
    assert audience.sent() == [("c2", BOB)]
    assert audience.left_out() == [("c1", "excluded_segment"), ("c3", "excluded_segment")]


def test_other_spelling_of_an_excluded_customers_mailbox_is_not_sent(audience: Audience) -> None:
    audience.add("c1", "j.doe@gmail.com", city="Ulm")
    audience.add("c2", "jdoe+shop@gmail.com")
    audience.add("c3", "j.doe@example.org")
    audience.build("ulm")
    assert audience.sent() == [("c3", "j.doe@example.org")]
    assert audience.left_out() == [("c1", "excluded_segment"), ("c2", "excluded_segment")]


def test_several_segments_can_be_excluded(audience: Audience) -> None:
    audience.add("c1", ANN, city="Ulm")
    audience.add("c2", BOB, gender="male")
    audience.add("c3", "eve@example.org")
    audience.add("c4", "tom@example.org", city="Ulm", gender="male")
    audience.build("ulm", "males")
    assert audience.sent() == [("c3", "eve@example.org")]
    assert audience.left_out(("customer_id", "reason_source")) == [
        ("c1", "ulm"),
        ("c2", "males"),
        ("c4", "males"),
    ]


def test_what_the_person_said_is_named_before_the_exclusion(audience: Audience) -> None:
    audience.add("c1", ANN, city="Ulm")
    audience.warehouse.add_consent(ANN, "ad_audiences", "withdrawn", "2026-03-01")
    audience.add("c2", BOB, consent=False, city="Ulm")
    audience.build("ulm")
    assert audience.left_out() == [("c1", "withdrawn"), ("c2", "no_consent")]


def test_who_left_the_excluded_segment_is_sent_again(audience: Audience) -> None:
    audience.add("c1", ANN, city="Ulm")
    audience.build("ulm")
    assert audience.sent() == []
    moved = {"street": "Am Markt 1", "postcode": "53111", "city": "Bonn", "country": "DE"}
    audience.warehouse.given(
        "standardise.postal_address",
        {
            "source_system": "crm",
            "record_kind": "contact",
            "source_record_id": "c10",
            "address_label": "home",
            **moved,
        },
    )
    audience.warehouse.on(audience.warehouse.night.business_date.replace(day=5))
    audience.warehouse.build()
    assert audience.sent() == [("c1", ANN)]
