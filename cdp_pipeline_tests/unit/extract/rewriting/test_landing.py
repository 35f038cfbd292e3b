"""Bringing the landing folder to what was erased, night after night."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow.parquet
import pytest

from cdp_pipeline.extract.deliveries import find_deliveries
from cdp_pipeline.extract.rewriting import rewrite
from cdp_pipeline.extract.rewriting.landing import rewrite_landing
from cdp_pipeline_tests.database_nights import URL_ENV, DatabaseNights
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

MEMBERS = "no,city,updated\n1,Bonn,1\n2,Zell,1\n3,Ulm,1\n"
WITHOUT_2 = "no,city,updated\n1,Bonn,1\n\n3,Ulm,1\n"


@pytest.fixture
def nights(tmp_path: Path) -> LandingNights:
    return LandingNights(tmp_path, members_layout())


def erase(nights: LandingNights) -> None:
    """Take out member 2, as an erasure does once the tables have forgotten it."""
    ids = {delivery.path: delivery.file_id for delivery in find_deliveries(nights.project)}
    nights.engine.execute("delete from extract.raw_members where member_no = '2'")
    rewrite_landing(nights.project, {ids["a.csv"]: [3]})


def lying(nights: LandingNights) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(nights.project.landing.iterdir())}


def test_a_delivery_that_comes_again_under_any_name_is_rewritten_again(nights: LandingNights) -> None:
    nights.deliver("a.csv", MEMBERS)
    nights.extract(4)
    erase(nights)
    nights.deliver("a.csv", MEMBERS)
    nights.deliver("again.csv", MEMBERS)

    nights.extract(5)

    assert lying(nights) == {"a.csv": WITHOUT_2, "again.csv": WITHOUT_2}
    assert nights.rows("select count(*) from extract.file") == [(1,)]
    assert nights.rows("select member_no from extract.raw_members order by 1") == [("1",), ("3",)]


def test_the_ledger_says_that_a_file_was_rewritten(nights: LandingNights) -> None:
    nights.deliver("a.csv", MEMBERS)
    nights.extract(4)
    erase(nights)
    nights.extract(5)

    assert nights.rows("select rewritten_at is not null, first_seen_on::varchar from extract.file") == [
        (True, "2026-05-04")
    ]
    assert nights.rows("select path, records, not_rewritten_because from extract.rewritten_file") == [
        ("a.csv", 1, None)
    ]


def test_a_file_that_cannot_be_rewritten_is_named_and_stops_nothing(
    nights: LandingNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.deliver("a.csv", MEMBERS)
    nights.extract(4)
    erase(nights)
    nights.deliver("a.csv", MEMBERS)
    nights.deliver("b.csv", MEMBERS.replace("Ulm", "Essen"))

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(rewrite, "_take_after", refuse)
    nights.extract(5)

    [(path, why)] = nights.rows(
        "select path, not_rewritten_because from extract.rewritten_file where not_rewritten_because is not null"
    )
    assert path == "a.csv"
    assert "Let the pipeline's user write it" in why
    assert lying(nights)["a.csv"] == MEMBERS
    assert nights.rows("select count(distinct file_id) from extract.raw_members") == [(2,)]


def test_nothing_is_touched_where_nobody_was_erased(nights: LandingNights) -> None:
    nights.deliver("a.csv", MEMBERS)
    nights.extract(4)

    assert lying(nights) == {"a.csv": MEMBERS}
    assert not nights.project.privacy.exists()


def test_what_a_killed_rewriting_left_is_removed(nights: LandingNights) -> None:
    nights.deliver("a.csv", MEMBERS)
    (nights.project.landing / f"{rewrite.BESIDE_PREFIX}1").write_text("2,Zell", encoding="utf-8")

    nights.extract(4)

    assert [*lying(nights)] == ["a.csv"]


def test_what_was_read_from_a_database_and_waits_for_its_acceptance_is_rewritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_ENV, f"sqlite:///{tmp_path / 'club.sqlite'}")
    with sqlite3.connect(tmp_path / "club.sqlite") as members:
        members.execute("create table members (no, city, updated)")
        members.execute("insert into members values (1, 'Bonn', '2026-05-01 10:00:00')")
        members.execute("insert into members values (2, 'Zell', '2026-05-01 10:00:00')")
    club = DatabaseNights(tmp_path / "project", watermark="updated")
    club.extract(4)
    [delivery] = find_deliveries(club.project)
    [(line,)] = club.rows("select line from extract.raw_members where member_no = '2'")
    club.engine.execute("delete from extract.raw_members where member_no = '2'")

    done = rewrite_landing(club.project, {delivery.file_id: [line]})

    [kept] = club.project.database_spool.rglob("*.parquet")
    assert pyarrow.parquet.read_table(kept)["city"].to_pylist() == ["Bonn", None]
    assert (done.failures, [entry.path for entry in done.rewritten]) == ({}, [delivery.path])
    assert b"Zell" not in kept.read_bytes()
    club.extract(5)
    assert club.rows("select member_no from extract.raw_members") == [("1",)]
