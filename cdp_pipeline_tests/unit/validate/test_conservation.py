"""Records in = loaded + quarantined + blank, file by file; a file that counts and does not add up is found."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import ConservationError
from cdp_pipeline.validate import acceptance
from cdp_pipeline.validate.conservation import lost_records
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout, orders_layout

NewNights = Callable[[Layout], LandingNights]

COUNTS = (
    "select path, physical_records, loaded_records, quarantined_records, blank_records"
    " from validate.conservation order by path"
)


def test_good_failing_ragged_and_blank_records_add_up(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,bonn,\n\n3,Cologne\n4,Dresden,\n")
    nights.deliver("b.csv", "no,city,updated\n")
    nights.run()
    assert nights.rows(COUNTS) == [("a.csv", 5, 2, 2, 1), ("b.csv", 0, 0, 0, 0)]


def test_superseded_records_still_count_as_loaded(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,2026-01-01\n1,Bonn,2026-02-01\n")
    nights.run()
    assert nights.rows("select count(*) from validate.members") == [(1,)]
    assert nights.rows(COUNTS) == [("a.csv", 2, 2, 0, 0)]


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("delete from extract.raw_members where line = 3", r"3 records .* 0 loaded \+ 1 quarantined"),
        ("insert into extract.raw_members from extract.raw_members where line = 3", r"3 records .* 2 loaded"),
        ("update extract.file set physical_records = null", "an unknown number of records delivered"),
    ],
    ids=["a lost record", "a record counted twice", "a file that was never counted"],
)  # fmt: skip
def test_a_file_that_counts_and_no_longer_adds_up_is_found(
    new_nights: NewNights, damage: str, found: str
) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n\n1,Berlin,\n2,bonn,\n")
    nights.run()
    assert lost_records(nights.engine) == []
    nights.engine.execute(damage)
    nights.run(day=5)
    [lost] = lost_records(nights.engine)
    assert re.match(rf"a\.csv: {found}", lost)
    [(state, reasons)] = nights.rows(
        "select state, reasons from validate.source_night where business_date = '2026-05-05'"
    )
    assert state == "blocked"
    assert "a.csv: " in reasons


def test_a_file_that_could_not_be_read_is_listed_with_nothing_counted(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n")
    nights.deliver("b.csv", "number,town\n1,Berlin\n")
    nights.run()
    assert nights.rows(COUNTS) == [("a.csv", 1, 1, 0, 0), ("b.csv", None, None, None, None)]
    assert lost_records(nights.engine) == [], "what never counted is not lost"


def test_the_deletion_of_superseded_records_loses_none(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,bonn,\n\n")
    nights.run()
    nights.engine.execute("delete from extract.raw_members")
    nights.engine.execute("update extract.file set superseded_on = '2026-05-04', dropped_on = '2026-05-04'")
    nights.validate(day=5)
    assert nights.rows(COUNTS) == [("a.csv", 3, 1, 1, 1)]
    assert lost_records(nights.engine) == []


def test_a_record_that_was_lost_before_its_list_was_deleted_stays_lost(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,bonn,\n3,Celle,\n")
    nights.extract()
    nights.engine.execute("delete from extract.raw_members where line = 4")
    nights.validate()
    nights.engine.execute("delete from extract.raw_members")
    nights.engine.execute("update extract.file set superseded_on = '2026-05-04', dropped_on = '2026-05-05'")
    nights.validate(day=5)
    assert nights.rows(COUNTS) == [("a.csv", 3, 1, 1, 0)]
    assert len(lost_records(nights.engine)) == 1


UNACCOUNTED = (
    "a.csv: 2 records were delivered, but 1 are in the tables, blank ones included. Compare the lines of the file with "
    "its raw table, and deliver it again."
)


def test_a_line_that_is_lost_where_another_stands_twice_is_found(new_nights: NewNights) -> None:
    """A file that counts and was loaded anew is proven anew, and night by night until it is whole."""
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,Bonn,\n")
    nights.run()
    nights.engine.execute("update extract.raw_members set line = 2 where line = 3")
    nights.engine.execute("update extract.file set loaded_at = loaded_at + interval 1 second")
    for day in (5, 6):
        nights.validate(day=day)
        [lost] = lost_records(nights.engine)
        assert lost.startswith("a.csv: 2 records delivered, but 2 loaded")
        assert lost.endswith("of which some lines twice and others not at all")
        assert nights.rows("select reason from validate.unaccounted_file") == [(UNACCOUNTED,)]


def test_a_new_file_that_holds_a_line_twice_instead_of_another_never_counts(new_nights: NewNights) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,Bonn,\n")
    nights.extract()
    nights.engine.execute("update extract.raw_members set line = 2 where line = 3")
    for day in (4, 5):
        nights.validate(day=day)
        assert nights.rows("select reason from validate.unaccounted_file") == [(UNACCOUNTED,)]
        assert nights.rows("select count(*) from validate.accepted_file") == [(0,)]


@pytest.mark.parametrize("layout", [members_layout(), orders_layout()], ids=["one line per key", "many"])
def test_keys_are_compared_one_by_one_only_where_records_lack(
    new_nights: NewNights, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptance, "LOST_KEYS", "select error('compared')")
    nights = new_nights(layout)
    header = ",".join(column.header for column in layout.columns.values())
    rest = "," * (len(layout.columns) - 2)
    nights.deliver("a.csv", header + "".join(f"\n{key},{item}{rest}" for key in (1, 2) for item in "AB"))
    nights.deliver("b.csv", f"{header}\n2,City{rest}\n,City{rest}\n3,City{rest}\n")
    nights.run()
    assert nights.rows(f"select count(distinct {layout.key[0]}) from validate.{layout.layout}") == [(3,)]
    assert list(nights.engine.describe(f"from validate.{layout.layout}"))[4:] == layout.column_names


@pytest.mark.parametrize("layout", [members_layout(), orders_layout()], ids=["one line per key", "many"])
def test_a_key_that_passed_the_gate_and_is_not_accepted_stops_the_night(
    new_nights: NewNights, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    current_records = acceptance._current_records
    monkeypatch.setattr(
        acceptance, "_current_records", lambda *given: f"from ({current_records(*given)}) where line % 2 = 0"
    )
    nights = new_nights(layout)
    header = ",".join(column.header for column in layout.columns.values())
    rest = "," * (len(layout.columns) - 2)
    nights.deliver("a.csv", header + "".join(f"\n{key},City{rest}" for key in ("1", "2", "3")))
    with pytest.raises(ConservationError, match=f"club, layout {layout.layout}: 1 key of records"):
        nights.run()
