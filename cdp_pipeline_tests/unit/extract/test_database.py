"""Reading a database, on SQLite; and what becomes text, and how far reading came."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import FileFormat
from cdp_pipeline.contracts.source import Delivery, SourceFile
from cdp_pipeline.errors import ConfigError, LandingFileError
from cdp_pipeline.extract.database.text_columns import compact_json, text_column
from cdp_pipeline.extract.database.watermark import Watermark, greatest, not_in_the_future
from cdp_pipeline_tests.database_nights import URL_ENV, DatabaseNights
from cdp_pipeline_tests.unit.validate.landing_nights import members_layout

naive = datetime.fromisoformat


@pytest.fixture
def members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "club database.sqlite"
    monkeypatch.setenv(URL_ENV, f"sqlite:///{path}")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("create table members (no, city, updated)")
    connection.execute(
        "insert into members values (1, 'Bonn', '2026-05-01 10:00:00'), ('2', null, '2026-05-02T10:00:00')"
    )
    yield connection
    connection.close()


@pytest.fixture
def club(members: sqlite3.Connection, tmp_path: Path) -> Iterator[DatabaseNights]:
    nights = DatabaseNights(tmp_path / "project", watermark="updated", lookback_minutes=60)
    yield nights
    nights.engine.close()


def raw(club: DatabaseNights) -> list[tuple[Any, ...]]:
    return club.rows("select distinct member_no, city from extract.raw_members order by 1, 2")


def test_sqlite_is_read_by_watermark_however_its_times_are_written(
    club: DatabaseNights, members: sqlite3.Connection
) -> None:
    club.extract(4)
    members.execute(
        "insert into members values ('3', 'Ulm', '2026-05-02 09:30:00'), ('4', 'Hof', '2026-05-01 08:00:00')"
    )
    club.extract(5)
    assert raw(club) == [("1", "Bonn"), ("2", None), ("3", "Ulm")]
    assert [records for _, records, _ in club.reads()] == [2, 2]


def test_a_file_that_is_not_there_is_not_made(
    club: DatabaseNights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_ENV, f"sqlite:///{tmp_path / 'none.sqlite'}")
    club.extract(4)
    assert "is not there" in club.refusals()[0]
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", f"environment variable {URL_ENV} is not set"),
        ("open-sesame", "holds no URL of a database"),
        ("oracle://cdp:open-sesame@host/name", "a kind of database that is not read"),
    ],
)
def test_a_url_that_cannot_be_used_is_named_by_its_variable(
    url: str, words: str, club: DatabaseNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_ENV, url)
    club.extract(4)
    [why] = club.refusals()
    assert words in why
    assert "open-sesame" not in why


def test_what_is_asked_for_changes_then_everything_is_read_again(club: DatabaseNights) -> None:
    club.extract(4)
    club.configure(query="select no, upper(city) as city, updated from members", watermark="updated")
    club.extract(5)
    assert [records for _, records, _ in club.reads()] == [2, 2]
    assert ("1", "BONN") in raw(club)


def test_a_table_without_rows_makes_no_file(club: DatabaseNights, members: sqlite3.Connection) -> None:
    members.execute("delete from members")
    club.extract(4)
    assert (club.reads(), club.refusals()) == ([], [])


def test_a_snapshot_that_has_become_empty_reveals_that_everything_is_gone(
    club: DatabaseNights, members: sqlite3.Connection
) -> None:
    club.configure(delivery=Delivery.SNAPSHOT)
    club.run(4)
    assert club.members() == [("1", "Bonn"), ("2", None)]
    members.execute("delete from members")
    club.run(5)
    assert [records for _, records, _ in club.reads()] == [2, 0]
    assert (club.members(), club.refusals()) == ([], [])


AMOUNTS = members_layout(
    format={"decimal_mark": ","},
    version_column=None,
    expectations=[],
    columns={
        "member_no": {"header": "no"},
        "city": {"header": "city", "aliases": ["amount"], "type": "decimal"},
    },
)
"""Amounts with a decimal comma, in place of the city."""


def test_numbers_are_not_taken_for_grouped_ones_under_a_decimal_comma(
    members: sqlite3.Connection, tmp_path: Path
) -> None:
    members.execute("create table amounts (no, amount)")
    rows = [(1.5, 1.125), (2, 12.345), (3, 1234.567), (4, -0.5), (5, "1.500"), (6, 1e13), (7, 1500)]
    members.executemany("insert into amounts values (?, ?)", rows)
    nights = DatabaseNights(tmp_path / "project", AMOUNTS, table="amounts")
    nights.run(4)
    assert nights.members() == [
        ("1.5", "1.125"),
        ("2", "12.345"),
        ("3", "1234.567"),
        ("4", "-0.5"),
        ("5", "1500"),  # text, written as the mapping says
        ("6", "10000000000000"),
        ("7", "1500"),
    ]
    nights.engine.close()


def test_numbers_that_wait_for_acceptance_are_read_anew_when_the_decimal_mark_changes(
    members: sqlite3.Connection, tmp_path: Path
) -> None:
    members.execute("create table amounts (no, amount)")
    members.execute("insert into amounts values (1, 1.125)")
    nights = DatabaseNights(tmp_path / "project", AMOUNTS, table="amounts")
    nights.extract(4)
    nights.layout = AMOUNTS.model_copy(update={"format": FileFormat(decimal_mark=".")})
    nights.configure(table="amounts")
    nights.run(5)
    assert nights.members() == [("1", "1.125")]
    assert nights.rows(
        "select member_no, city from extract.raw_members join extract.landing using (file_id)"
    ) == [("1", "1.125")]
    nights.engine.close()


def test_a_refused_read_is_forgotten_when_the_night_runs_again(
    club: DatabaseNights, members: sqlite3.Connection
) -> None:
    members.execute("alter table members rename to away")
    club.extract(4)
    assert "members does not exist there" in club.refusals()[0]
    members.execute("alter table away rename to members")
    club.extract(4)
    assert club.refusals() == []
    assert len(raw(club)) == 2


def test_rows_that_an_earlier_run_of_the_night_accepted_stay(
    club: DatabaseNights, members: sqlite3.Connection
) -> None:
    club.run(4)
    members.execute("insert into members values ('3', 'Ulm', '2026-05-03 10:00:00')")
    members.execute("insert into members values ('4', 'Kiel', '2026-05-05 10:00:00')")
    club.run(5)
    members.execute("alter table members rename to away")
    club.run(5)
    assert [number for number, _ in club.members()] == ["1", "2"], "the source is blocked now"
    members.execute("alter table away rename to members")
    club.run(6)
    assert [number for number, _ in club.members()] == ["1", "2", "3", "4"]
    club.run(7)
    assert [number for number, _ in club.members()] == ["1", "2", "3", "4"]
    assert not list(club.project.database_spool.rglob("*.parquet"))


def test_leftovers_of_a_killed_read_are_not_loaded(club: DatabaseNights) -> None:
    folder = club.project.database_spool / "club" / "members"
    folder.mkdir(parents=True)
    (folder / "2026-05-03-000001.parquet").write_bytes(b"half a file")
    (folder / "2026-05-03-000002.unfinished").write_bytes(b"half a file")
    club.extract(4)
    assert [path.name for path in folder.iterdir()] == ["2026-05-04-000001.parquet"]
    assert club.refusals() == []


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1, None, -(2**80)], ["1", None, str(-(2**80))]),
        ([True, False, None], ["true", "false", None]),
        ([Decimal("1.50"), Decimal("1E+3"), Decimal("-0.00000001")], ["1.50", "1000", "-0.00000001"]),
        ([0.1, 1e13, 1e300, -2.5e-9, 3.0, None], ["0.1", "10000000000000", "1" + "0" * 300, "-0.0000000025", "3", None]),  # noqa: E501
        ([date(2026, 5, 4), None], ["2026-05-04", None]),
        ([naive("2026-05-04T10:00"), naive("2026-05-04T10:00:00.0001")], ["2026-05-04T10:00:00", "2026-05-04T10:00:00.0001"]),  # noqa: E501
        ([datetime(2026, 5, 4, 10, tzinfo=timezone(timedelta(hours=2)))], ["2026-05-04T08:00:00Z"]),
        ([{"a": [1, None, "ä"]}, None], ['{"a":[1,null,"ä"]}', None]),
        ([{"a": Decimal("1.10"), "b": float("nan")}], ['{"a":1.10,"b":null}']),
        ([float("nan"), 1.5, None], [None, "1.5", None]),
        ([Decimal("NaN"), Decimal(2)], [None, "2"]),
        ([timedelta(hours=9, minutes=30), timedelta(hours=-100, seconds=-1.5), None], ["09:30:00", "-100:00:01.5", None]),  # noqa: E501
        (["1", 1, 1.5, None], ["1", "1", "1.5", None]),
        ([None, None], [None, None]),
        ([""], [""]),
    ],
)  # fmt: skip
def test_values_become_text(values: list[Any], text: list[str | None]) -> None:
    assert text_column(values, "c", "x").to_pylist() == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([Decimal("1.500"), Decimal("-0.5"), None, Decimal(12)], ["1,500", "-0,5", None, "12"]),
        ([1234.567, 1e-7], ["1234,567", "0,0000001"]),
        ([1.125, "1.125", 7], ["1,125", "1.125", "7"]),
        ([naive("2026-05-04T10:00:00.5")], ["2026-05-04T10:00:00.5"]),
    ],
)
def test_only_numbers_take_the_decimal_mark(values: list[Any], text: list[str | None]) -> None:
    assert text_column(values, "c", "x", ",").to_pylist() == text


def test_bytes_are_refused_by_column() -> None:
    with pytest.raises(LandingFileError, match="column photo holds bytes"):
        text_column([None, b"\x00"], "photo", "database:club/members/x")


def test_json_keeps_every_digit_and_every_blank_of_its_strings() -> None:
    assert compact_json(b'{"a" : 1.10, "b": "x  \\" y" }') == '{"a":1.10,"b":"x  \\" y"}'


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (naive("2026-05-04T00:30"), naive("2026-05-03T23:30")),
        (datetime(2026, 5, 4, 0, 30, tzinfo=UTC), datetime(2026, 5, 3, 23, 30, tzinfo=UTC)),
        (date(2026, 5, 4), date(2026, 5, 3)),
        (7, 7),
        (Decimal("7.5"), Decimal("7.5")),
        ("2026-05-04T00:30:00.5Z", "2026-05-03 23:30:00"),
        ("2026-05-04 00:30:00", "2026-05-03 23:30:00"),
        ("2026-05-04T00:30+02:00", "2026-05-03 23:30"),
        ("2026-05-04", "2026-05-03"),
        ("20260504", "2026-05-03 23:00:00"),
    ],
)
def test_reading_begins_again_behind_the_watermark(value: Any, bound: Any) -> None:
    stored = Watermark.of(value)
    assert stored.value() == value
    assert stored.less(timedelta(hours=1)) == bound


@pytest.mark.parametrize("values", [["soon"], [b"\x00"], [True], [1, "2026-05-04"]])
def test_a_watermark_without_an_order_is_refused(values: list[Any]) -> None:
    with pytest.raises(LandingFileError, match="watermark column updated"):
        greatest("updated", "x", values, None)


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (datetime(2099, 1, 1, tzinfo=UTC), datetime(2026, 5, 4, 10, tzinfo=UTC)),
        (naive("2099-01-01"), naive("2026-05-04T12:00")),
        (date(2099, 1, 1), date(2026, 5, 4)),
        ("2099-01-01 00:00:00", "2026-05-04 12:00:00"),
        ("2099-01-01T00:00:00.5+02:00", "2026-05-04 12:00:00+02:00"),
        ("2099-01-01", "2026-05-04"),
        (datetime(2026, 5, 4, 9, tzinfo=UTC), datetime(2026, 5, 4, 9, tzinfo=UTC)),
        (10**12, 10**12),
    ],
)
def test_a_watermark_is_held_to_the_present(value: Any, held: Any) -> None:
    assert not_in_the_future(value, "Europe/Berlin", datetime(2026, 5, 4, 10, tzinfo=UTC)) == held


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (naive("2026-05-01"), datetime(2026, 5, 2, tzinfo=UTC)),
        (datetime(2026, 5, 1, tzinfo=UTC), naive("2026-05-02")),
        (date(2026, 5, 1), naive("2026-05-02")),
        (1, Decimal(2)),
        ("2026-05-01 10:00", "2026-05-02 10:00+02:00"),
        ("2026-05-01 10:00Z", "2026-05-02 10:00+02:00"),
    ],
)
def test_a_watermark_of_another_kind_than_before_is_told(before: Any, now: Any) -> None:
    assert Watermark.of(before).is_comparable(before)
    assert not Watermark.of(before).is_comparable(now)


def test_all_rows_are_read_again_when_the_watermark_column_gains_a_zone(
    club: DatabaseNights, members: sqlite3.Connection
) -> None:
    club.extract(4)
    members.execute("update members set updated = replace(updated, ' ', 'T') || 'Z'")
    members.execute("insert into members values ('3', 'Ulm', '2026-05-03T10:00:00Z')")
    club.extract(5)
    club.extract(6)
    assert [records for _, records, _ in club.reads()] == [2, 3, 1]
    assert club.rows("select watermark from extract.watermark") == [("2026-05-03T10:00:00Z",)]


def test_a_watermark_that_is_no_finite_number_is_left_out() -> None:
    values = [Decimal("NaN"), Decimal(1), Decimal("sNaN"), Decimal("Infinity"), None]
    assert greatest("updated", "x", values, None) == 1
    assert greatest("updated", "x", [Decimal("NaN")], None) is None


@pytest.mark.parametrize(
    "written", ["2026-05-02", "2026-05-02 10:30", "2026-05-02T10:30", "2026-05-02T10:30Z"]
)
def test_a_row_that_ties_with_a_text_watermark_is_read_without_a_lookback(
    written: str, club: DatabaseNights, members: sqlite3.Connection
) -> None:
    club.configure(watermark="updated", lookback_minutes=0)
    members.execute("update members set updated = ?", [written])
    club.extract(4)
    members.execute("insert into members values ('3', 'Ulm', ?)", [written])
    club.extract(5)
    assert raw(club) == [("1", "Bonn"), ("2", None), ("3", "Ulm")]


@pytest.mark.parametrize("other", ["2026-05-04T09:30:00+01:00", "2026-05-04T09:30:00"])
def test_text_times_of_several_zones_have_no_order(other: str) -> None:
    with pytest.raises(LandingFileError, match="watermark column updated holds text of several zones"):
        greatest("updated", "x", ["2026-05-04T09:30:00+02:00", other], None)
    same = ["2026-05-04T09:30:00Z", "2026-05-04T09:31:00+00:00", "2026-05-04"]
    assert greatest("updated", "x", same, None) == "2026-05-04T09:31:00+00:00"


def test_the_watermark_never_goes_back(club: DatabaseNights, members: sqlite3.Connection) -> None:
    club.extract(4)
    members.execute("update members set updated = '2026-05-02 09:30:00' where no = '2'")
    club.extract(5)
    assert [records for _, records, _ in club.reads()] == [2, 1]
    assert club.rows("select watermark from extract.watermark") == [("2026-05-02T10:00:00",)]


def test_rows_are_counted_and_read_in_one_view_of_the_database(
    club: DatabaseNights, members: sqlite3.Connection
) -> None:
    members.execute("pragma journal_mode = wal")

    def insert(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if "count(" in statement:
            members.execute("insert into members values ('3', 'Ulm', '2026-05-03 10:00:00')")

    sa.event.listen(sa.Engine, "after_cursor_execute", insert)
    try:
        club.extract(4)
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", insert)
    assert members.execute("select count(*) from members").fetchone()[0] == 3
    assert (club.refusals(), [records for _, records, _ in club.reads()]) == ([], [2])


def test_a_query_may_end_in_a_comment(club: DatabaseNights) -> None:
    club.configure(query="select no, city, updated from members -- all of them", watermark="updated")
    club.extract(4)
    assert (club.refusals(), len(raw(club))) == ([], 2)


def test_a_snapshot_takes_no_watermark() -> None:
    document = {"layout": "members", "delivery": "snapshot"}
    database = {"url_env": URL_ENV, "table": "members", "watermark": "updated"}
    with pytest.raises(ConfigError, match="a snapshot is read whole"):
        parse_contract({**document, "database": database}, SourceFile, origin="test")
