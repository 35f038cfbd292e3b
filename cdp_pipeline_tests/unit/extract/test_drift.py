"""Columns that come, go, change their name or their type from one delivery to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

DRIFT = "select change, header, column_name from extract.drift order by all"


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Callable[..., LandingNights]]:
    opened: list[LandingNights] = []

    def start(layout: Layout | None = None) -> LandingNights:
        opened.append(LandingNights(tmp_path, layout or members_layout()))
        return opened[-1]

    yield start
    for each in opened:
        each.engine.close()


def drift_of(nights: LandingNights, first: str, second: str) -> list[tuple[Any, ...]]:
    """Deliver two files on two nights and return what changed."""
    nights.deliver("members_2026-05-04.csv", first)
    nights.extract(4)
    nights.deliver("members_2026-05-05.csv", second)
    nights.extract(5)
    return nights.rows(DRIFT)


def test_a_first_delivery_has_nothing_to_differ_from(nights: Callable[..., LandingNights]) -> None:
    club = nights()
    club.deliver("members_2026-05-04.csv", "no,shoe size\n1,42\n")
    club.extract()
    assert club.rows(DRIFT) == []


def test_a_new_column_is_told_and_the_file_loads(nights: Callable[..., LandingNights]) -> None:
    club = nights()
    assert drift_of(club, "no,city\n1,Bonn\n", "no,city,shoe size\n2,Köln,42\n") == [
        ("new", "shoe size", None)
    ]
    assert club.rows("select member_no from extract.raw_members order by 1") == [("1",), ("2",)]
    [(answer,)] = club.rows("select suggestion from extract.drift")
    assert answer == (
        "Not loaded. To take it: a line with `header: shoe size` under `columns` in config/layouts/members.yml."
    )


def test_a_column_that_no_layout_takes_is_no_drift_while_it_stays(
    nights: Callable[..., LandingNights],
) -> None:
    assert drift_of(nights(), "no,shoe size\n1,42\n", "no,shoe size\n2,43\n") == []


def test_a_missing_column_is_told_by_its_old_header(nights: Callable[..., LandingNights]) -> None:
    found = drift_of(nights(), "no,city,shoe size\n1,Bonn,42\n", "no\n2\n")
    assert found == [("missing", "city", "city"), ("missing", "shoe size", None)]


def test_a_column_under_another_spelling_is_told_as_renamed(nights: Callable[..., LandingNights]) -> None:
    club = nights()
    assert drift_of(club, "no,city\n1,Bonn\n", "no,City:\n2,Köln\n") == [("renamed", "City:", "city")]
    [(answer,)] = club.rows("select suggestion from extract.drift")
    line, _, place = answer.strip("`").partition("`")
    assert yaml.safe_load(line) == {"aliases": ["City:"]}, (
        "a line to paste, though the header ends in a colon"
    )
    assert place.startswith(" at city in config/layouts/members.yml")


def test_an_alias_that_takes_over_is_told_and_needs_nothing(nights: Callable[..., LandingNights]) -> None:
    columns = {
        "member_no": {"header": "no", "is_required": True},
        "city": {"header": "city", "aliases": ["town"]},
        "updated_at": {"header": "updated"},
    }
    club = nights(members_layout(columns=columns))
    assert drift_of(club, "no,city\n1,Bonn\n", "no,town\n2,Köln\n") == [("renamed", "town", "city")]


@pytest.mark.parametrize(
    ("before", "after", "was"),
    [
        ("{i}", "{i}.5", "integer to decimal"),
        ("2026-05-{i:02}", "May {i}", "date to text"),
        ("491700000{i:03}", "4.917E+{i:02}", "integer to text"),
    ],
)
def test_a_column_that_holds_something_else_is_told_as_retyped(
    nights: Callable[..., LandingNights], before: str, after: str, was: str
) -> None:
    first = "no,city\n" + "".join(f"{i},{before.format(i=i)}\n" for i in range(1, 29))
    second = "no,city\n" + "".join(f"{i},{after.format(i=i)}\n" for i in range(1, 29))
    club = nights()
    assert drift_of(club, first, second) == [("retyped", "city", "city")]
    [(answer,)] = club.rows("select suggestion from extract.drift")
    assert answer.startswith(f"From {was}:")


@pytest.mark.parametrize(("odd", "changes"), [(1, []), (13, []), (15, [("retyped", "city", "city")])])
def test_a_column_is_retyped_when_most_of_its_values_no_longer_fit(
    nights: Callable[..., LandingNights], odd: int, changes: list[tuple[str, str, str]]
) -> None:
    first = "no,city\n" + "".join(f"{i},{i}\n" for i in range(1, 29))
    second = "no,city\n" + "".join(f"{i},{'Bonn' if i <= odd else i}\n" for i in range(1, 29))
    assert drift_of(nights(), first, second) == changes


def test_columns_of_a_refused_file_are_told_and_the_next_is_compared_with_the_one_that_was_read(
    nights: Callable[..., LandingNights],
) -> None:
    club = nights()
    assert drift_of(club, "no,city\n1,Bonn\n", "No.,city\n2,Bonn\n") == [("renamed", "No.", "member_no")]
    assert club.rows("select refused_because is null from extract.file order by path") == [(True,), (False,)]
    club.deliver("members_2026-05-06.csv", "no,city\n3,Bonn\n")
    club.extract(6)
    assert club.rows("select distinct path from extract.drift") == [("members_2026-05-05.csv",)]


def test_the_first_line_of_a_refused_file_that_may_be_data_is_not_kept(
    nights: Callable[..., LandingNights],
) -> None:
    club = nights()
    assert drift_of(club, "no,city\n1,Bonn\n", "2,Anna Weber\n") == []
    assert club.rows("select distinct header from extract.file_column order by 1") == [("city",), ("no",)]


def test_a_few_values_prove_no_change_of_type(nights: Callable[..., LandingNights]) -> None:
    assert drift_of(nights(), "no,city\n1,12\n", "no,city\n1,Bonn\n") == []


def test_files_whose_names_say_different_things_are_not_compared(tmp_path: Path) -> None:
    layout = members_layout(facts_from_name="(?P<status>unsubscribed|subscribed)_")
    club = LandingNights(tmp_path, layout)
    with club.engine:
        club.deliver("subscribed_2026-05-04.csv", "no,city\n1,Bonn\n")
        club.deliver("unsubscribed_2026-05-04.csv", "no,city,reason\n2,Köln,none\n")
        club.extract()
        assert club.rows(DRIFT) == []


def test_a_header_that_looks_like_a_persons_data_is_named_by_its_position(
    nights: Callable[..., LandingNights],
) -> None:
    club = nights()
    club.deliver("members.csv", "no,city,anna.muster@example.com,0170 1234567,shoe size,\n1,Bonn,x,x,42,x\n")
    club.extract()
    shown = ["column 3", "column 4", "shoe size", "column 6"]
    assert club.rows("select unknown_columns from extract.file") == [(", ".join(shown),)]
    headers = club.engine.fetch_column("select header from extract.file_column order by position")
    assert headers == ["no", "city", *shown]


def test_a_header_of_the_layout_is_named_whatever_it_looks_like(nights: Callable[..., LandingNights]) -> None:
    layout = members_layout(columns={"member_no": {"header": "no@365"}}, version_column=None, expectations=[])
    club = nights(layout)
    club.deliver("members.csv", "no@365\n1\n")
    club.extract()
    assert club.engine.fetch_column("select header from extract.file_column") == ["no@365"]
