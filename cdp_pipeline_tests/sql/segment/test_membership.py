"""Stays in a segment from night to night: entering, leaving, merging, and rerunning a night."""

from __future__ import annotations

from datetime import date

import pytest

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.segment import SegmentFile
from cdp_pipeline_tests.warehouse import Warehouse

NIGHTS = [date(2026, 5, day) for day in range(1, 8)]
STAYS = "select customer_id, entered_on, left_on from segment.segment_member order by all"


def segment_of_language(language: str, name: str = "speakers") -> dict[str, SegmentFile]:
    text = {"en": "Speakers", "de": "Sprecher"}
    header = {
        "segment": name,
        "title": text,
        "description": text,
        "owner": "team:test",
        "purposes": ["marketing"],
    }
    rule = {"where": {"column": "language", "equals": language}}
    return {name: parse_contract({**header, **rule}, SegmentFile, origin="test")}


class Nights:
    """A warehouse in which customers speak German, or not, night by night."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()
        self.segments = segment_of_language("de")

    def run(
        self, night: date, speakers: str, others: str = "", merged: dict[str, str | None] | None = None
    ) -> None:
        """Build one night; customers are single letters."""
        warehouse = self.warehouse
        records = [(name, "de") for name in speakers] + [(name, "en") for name in others]
        key = {"source_system": "crm", "record_kind": "contact"}
        warehouse.given(
            "link.customer_source_record",
            *({**key, "source_record_id": n, "customer_id": n} for n, _ in records),
        )
        warehouse.given(
            "standardise.customer_record",
            *({**key, "source_record_id": n, "language": spoken} for n, spoken in records),
        )
        aliases = [{"old_customer_id": old, "customer_id": new} for old, new in (merged or {}).items()]
        warehouse.given("link.customer_id_alias", *aliases)
        warehouse.on(night, segments=self.segments)
        warehouse.build("golden", "segment")

    @property
    def stays(self) -> list[tuple[str, date, date | None]]:
        return self.warehouse.rows(STAYS)


@pytest.fixture
def nights() -> Nights:
    return Nights()


def test_stay_opens_lasts_and_closes(nights: Nights) -> None:
    nights.run(NIGHTS[0], "a", "b")
    nights.run(NIGHTS[1], "ab")
    nights.run(NIGHTS[2], "b", "a")
    assert nights.stays == [("a", NIGHTS[0], NIGHTS[2]), ("b", NIGHTS[1], None)]


def test_return_opens_a_second_stay(nights: Nights) -> None:
    nights.run(NIGHTS[0], "a")
    nights.run(NIGHTS[1], "", "a")
    nights.run(NIGHTS[2], "a")
    assert nights.stays == [("a", NIGHTS[0], NIGHTS[1]), ("a", NIGHTS[2], None)]


def test_rerun_of_a_night_changes_nothing(nights: Nights) -> None:
    nights.run(NIGHTS[0], "ab")
    nights.run(NIGHTS[1], "bc", "a")
    once = nights.stays, nights.warehouse.rows("from segment.segment_size order by all")
    nights.run(NIGHTS[1], "bc", "a")
    assert (nights.stays, nights.warehouse.rows("from segment.segment_size order by all")) == once


def test_rerun_with_other_data_takes_back_what_the_first_run_wrote(nights: Nights) -> None:
    nights.run(NIGHTS[0], "a", "b")
    nights.run(NIGHTS[1], "b", "a")
    nights.run(NIGHTS[1], "a", "b")
    assert nights.stays == [("a", NIGHTS[0], None)]


def test_merged_customers_carry_their_stays_to_the_surviving_id(nights: Nights) -> None:
    nights.run(NIGHTS[0], "a", "b")
    nights.run(NIGHTS[1], "ab")
    nights.run(NIGHTS[2], "b", merged={"a": "b"})
    assert nights.stays == [("b", NIGHTS[0], None)]
    nights.run(NIGHTS[2], "b", merged={"a": "b"})
    assert nights.stays == [("b", NIGHTS[0], None)]


def test_merge_keeps_the_gap_between_two_stays(nights: Nights) -> None:
    nights.run(NIGHTS[0], "a", "b")
    nights.run(NIGHTS[1], "", "ab")
    nights.run(NIGHTS[3], "b", "a")
    nights.run(NIGHTS[4], "b", merged={"a": "b"})
    assert nights.stays == [("b", NIGHTS[0], NIGHTS[1]), ("b", NIGHTS[3], None)]


def test_stays_that_touch_become_one(nights: Nights) -> None:
    nights.run(NIGHTS[0], "a", "b")
    nights.run(NIGHTS[1], "b", "a")
    nights.run(NIGHTS[2], "b", merged={"a": "b"})
    assert nights.stays == [("b", NIGHTS[0], None)]


def test_erased_customer_leaves_no_stay_behind(nights: Nights) -> None:
    nights.run(NIGHTS[0], "ab")
    nights.run(NIGHTS[1], "b", merged={"a": None})
    assert nights.stays == [("b", NIGHTS[0], None)]


def test_segment_without_a_file_loses_its_members_and_keeps_its_past(nights: Nights) -> None:
    nights.run(NIGHTS[0], "a")
    nights.segments = {}
    nights.run(NIGHTS[1], "a")
    assert nights.stays == [("a", NIGHTS[0], NIGHTS[1])]


def test_sizes_add_up_to_all_profiles_and_keep_earlier_nights(nights: Nights) -> None:
    nights.run(NIGHTS[0], "ab", "c")
    nights.run(NIGHTS[1], "b", "ac")
    size = "member_count, non_member_count, unknown_count, entered_count, left_count"
    assert nights.warehouse.rows(f"select business_date, {size} from segment.segment_size order by all") == [
        (NIGHTS[0], 2, 1, 0, 2, 0),
        (NIGHTS[1], 1, 2, 0, 0, 1),
    ]


def test_customer_with_a_missing_value_is_unknown_and_no_member(nights: Nights) -> None:
    warehouse = nights.warehouse
    warehouse.add_record("a", "crm/contact/1", language="de")
    warehouse.add_record("b", "crm/contact/2")
    warehouse.on(NIGHTS[0], segments=nights.segments)
    warehouse.build("golden", "segment")
    assert nights.stays == [("a", NIGHTS[0], None)]
    assert warehouse.rows(
        "select member_count, non_member_count, unknown_count from segment.segment_size"
    ) == [(1, 0, 1)]
