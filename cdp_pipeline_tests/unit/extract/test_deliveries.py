"""What lies in the landing folder, and the ledger that loads each content once."""

from __future__ import annotations

import gzip
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.source import Source, SourceFile
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.deliveries import find_deliveries
from cdp_pipeline_tests.unit.validate.landing_nights import (
    LandingNights,
    audience_layout,
    club_project,
    members_layout,
)

MEMBERS = "no,city,updated\n1,Berlin,\n"
MAY_4, MAY_5, MAY_6 = (date(2026, 5, day) for day in (4, 5, 6))


@pytest.fixture
def new_nights(tmp_path: Path) -> Iterator[Callable[..., LandingNights]]:
    opened: list[LandingNights] = []

    def start(layout: Layout | None = None, pattern: str = "*.csv") -> LandingNights:
        opened.append(LandingNights(tmp_path, layout or members_layout(), pattern))
        return opened[-1]

    yield start
    for nights in opened:
        nights.engine.close()


def refusals(nights: LandingNights) -> list[str]:
    return nights.engine.fetch_column(
        "select refused_because from extract.file where refused_because is not null order by path"
    )


def paths(nights: LandingNights) -> list[str]:
    return [delivery.path for delivery in find_deliveries(nights.project)]


def write_zip(path: Path, members: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_files_are_found_by_the_sources_pattern_in_the_order_of_their_paths(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(pattern="club/*.csv")
    for name in ("club/b.csv", "club/a.csv", "club/notes.txt", "elsewhere/c.csv"):
        nights.deliver(name, MEMBERS)
    assert paths(nights) == ["club/a.csv", "club/b.csv"]


def test_links_dot_files_and_folders_are_no_deliveries(
    new_nights: Callable[..., LandingNights], tmp_path: Path
) -> None:
    nights = new_nights(pattern="**/*.csv")
    landing = nights.project.landing
    for name in ("real.csv", ".half_copied.csv", ".sync/members.csv", "folder.csv/inside.csv"):
        nights.deliver(name, MEMBERS)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").write_text(MEMBERS, encoding="utf-8")
    (landing / "link.csv").symlink_to(tmp_path / "elsewhere" / "secret.csv")
    (landing / "linked_folder").symlink_to(tmp_path / "elsewhere")
    assert paths(nights) == ["folder.csv/inside.csv", "real.csv"]
    nights.extract()
    assert nights.rows("select path, why from extract.unrecognised_file") == [
        ("link.csv", "symlink"),
        ("linked_folder", "symlink"),
    ]


@pytest.mark.parametrize("pattern", ["linked/*.csv", "*/members.csv", "linked/members.csv"])
def test_a_pattern_that_names_a_linked_folder_does_not_follow_it(
    new_nights: Callable[..., LandingNights], tmp_path: Path, pattern: str
) -> None:
    nights = new_nights(pattern=pattern)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "members.csv").write_text(MEMBERS, encoding="utf-8")
    (nights.project.landing / "linked").symlink_to(tmp_path / "elsewhere")
    assert paths(nights) == []


def test_a_file_under_a_temporary_name_is_not_read_whatever_the_pattern(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(pattern="members*")
    for name in ("members.csv", "members.csv~", "members.csv.part", "members_2.csv.tmp"):
        nights.deliver(name, MEMBERS)
    nights.extract()
    assert nights.rows("select path from extract.delivery") == [("members.csv",)]
    assert nights.rows("select path, why from extract.unrecognised_file") == [
        ("members.csv.part", "temporary name"),
        ("members.csv~", "temporary name"),
        ("members_2.csv.tmp", "temporary name"),
    ]


def test_glob_characters_in_a_file_name_are_text(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights()
    nights.deliver("members[1].csv", MEMBERS)
    nights.deliver("members (1).csv", MEMBERS.replace("1,", "2,"))
    nights.run()
    assert nights.rows("select member_no from validate.members order by all") == [("1",), ("2",)]


def test_a_missing_landing_folder_names_the_remedy(tmp_path: Path) -> None:
    project = replace(club_project(tmp_path, members_layout()), landing_override=tmp_path / "nowhere")
    with pytest.raises(LandingFileError, match=r"nowhere: the landing folder does not exist\. Create it"):
        list(find_deliveries(project))


def test_zip_members_become_files_with_the_facts_of_their_names(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(audience_layout(), "*.zip")
    write_zip(
        nights.project.landing / "audience.zip",
        {"export/unsubscribed_1.csv": "leid\n8\n", "subscribed_1.csv": "leid\n7\n", "readme.pdf": "x"},
    )
    nights.run()
    assert nights.rows("select path, name_facts from extract.file order by path") == [
        ("audience.zip!export/unsubscribed_1.csv", '{"status": "unsubscribed"}'),
        ("audience.zip!subscribed_1.csv", '{"status": "subscribed"}'),
    ]
    assert nights.rows("select leid, status from validate.audience order by leid") == [
        ("7", "subscribed"),
        ("8", "unsubscribed"),
    ]
    assert nights.rows("from extract.unrecognised_file") == [
        ("audience.zip!readme.pdf", 1, "document in an archive", None)
    ]


def test_a_name_without_its_fact_is_refused_and_hides_no_other_file(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(audience_layout(), "*")
    nights.deliver("members.csv", "leid\n7\n")
    nights.deliver("audience.zip", "PK\x03\x04 cut off")
    nights.deliver("subscribed_1.csv", "leid\n8\n")
    nights.extract()
    zipped, unnamed = refusals(nights)
    assert zipped.startswith("audience.zip: ")
    assert unnamed.startswith("members.csv: the name does not say status")
    assert "Rename" in unnamed
    assert nights.rows("select leid from extract.raw_audience") == [("8",)]


def test_a_part_of_the_name_that_may_be_missing_is_null_where_it_is(
    new_nights: Callable[..., LandingNights],
) -> None:
    layout = members_layout(facts_from_name=r"members_(?P<status>open|closed)(?:_(?P<shop>\w+))?\.csv")
    nights = new_nights(layout)
    nights.deliver("members_open_berlin.csv", "no,city\n1,Bonn\n")
    nights.deliver("members_closed.csv", "no,city\n2,Ulm\n")
    nights.run()
    assert nights.rows("select member_no, status, shop from validate.members order by 1") == [
        ("1", "open", "berlin"),
        ("2", "closed", None),
    ]


def test_the_same_bytes_under_another_status_are_another_file(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(audience_layout())
    nights.deliver("subscribed_1.csv", "leid\n7\n")
    nights.deliver("unsubscribed_1.csv", "leid\n7\n")
    nights.extract()
    assert nights.rows("select count(*), count(distinct sha256) from extract.file") == [(2, 1)]
    assert nights.rows("select status from extract.raw_audience order by all") == [
        ("subscribed",),
        ("unsubscribed",),
    ]


def test_a_file_delivered_twice_under_two_names_loads_once_and_stays_visible(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights()
    nights.deliver("members.csv", MEMBERS)
    nights.extract(day=4)
    nights.deliver("members (1).csv", MEMBERS)
    nights.extract(day=5)
    nights.extract(day=6)
    assert nights.rows("select path, first_seen_on from extract.file") == [("members.csv", date(2026, 5, 4))]
    assert nights.rows("select path, first_seen_on from extract.delivery order by all") == [
        ("members (1).csv", date(2026, 5, 5)),
        ("members.csv", date(2026, 5, 4)),
    ]
    assert nights.rows("select count(*) from extract.raw_members") == [(1,)]


def test_changed_content_under_an_old_name_is_another_file(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights()
    nights.deliver("members.csv", MEMBERS)
    nights.extract(day=4)
    nights.deliver("members.csv", MEMBERS + "2,Bonn,\n")
    nights.extract(day=5)
    assert nights.rows("select path, physical_records from extract.file order by all") == [
        ("members.csv", 1),
        ("members.csv", 2),
    ]


def test_a_name_that_is_overwritten_has_a_row_for_every_content_that_it_came_to_hold(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights()
    for day, city in ((4, "Berlin"), (5, "Bonn"), (6, "Berlin"), (7, "Berlin")):
        nights.deliver("members.csv", f"no,city,updated\n1,{city},\n")
        nights.extract(day)
        nights.extract(day)
    assert nights.rows(
        "select city, first_seen_on, replaced_on from extract.delivery join extract.raw_members using (file_id)"
        " order by first_seen_on"
    ) == [("Berlin", MAY_4, MAY_5), ("Bonn", MAY_5, MAY_6), ("Berlin", MAY_6, None)]
    assert nights.rows("select first_seen_on, exported_on from extract.file order by all") == [
        (MAY_4, MAY_6),
        (MAY_5, MAY_5),
    ]


def test_what_is_replaced_and_put_back_within_one_night_is_entered_once(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights()
    for city in ("Berlin", "Bonn", "Berlin"):
        nights.deliver("members.csv", f"no,city,updated\n1,{city},\n")
        nights.extract(day=4)
    assert nights.rows(
        "select city, replaced_on from extract.delivery join extract.raw_members using (file_id) order by all"
    ) == [("Berlin", None), ("Bonn", MAY_4)]


@pytest.mark.parametrize(
    ("name", "exported_on"),
    [
        ("members_2026-05-01.csv", date(2026, 5, 1)),
        ("members_20260501T2200.csv", date(2026, 5, 1)),
        ("2026.05.01 members.csv", date(2026, 5, 1)),
        ("members_2026-04-01_2026-04-30.csv", date(2026, 4, 30)),
        ("members_2026-05-05.csv", date(2026, 5, 5)),
        ("members.csv", date(2026, 5, 4)),
        ("members_2026-02-30.csv", date(2026, 5, 4)),
        ("members_120260501.csv", date(2026, 5, 4)),
        ("members_2031-12-31.csv", date(2026, 5, 4)),
    ],
)
def test_the_date_of_an_export_is_the_last_in_its_name_else_the_night_s(
    new_nights: Callable[..., LandingNights], name: str, exported_on: date
) -> None:
    nights = new_nights()
    nights.deliver(name, MEMBERS)
    nights.extract(day=4)
    assert nights.rows("select exported_on from extract.file") == [(exported_on,)]


def test_members_of_an_archive_have_its_date_unless_they_have_their_own(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(audience_layout(), "*.zip")
    members = {"subscribed_1.csv": "leid\n7\n", "unsubscribed_2026-05-02.csv": "leid\n8\n"}
    write_zip(nights.project.landing / "audience_2026-05-03.zip", members)
    nights.extract(day=4)
    assert nights.rows("select exported_on from extract.file order by path") == [
        (date(2026, 5, 3),),
        (date(2026, 5, 2),),
    ]


def test_a_source_may_write_its_dates_in_another_order() -> None:
    file = SourceFile(
        layout="members", path="*", exported_on=r"(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)\.csv"
    )
    assert file.date_in(["kunden_010526.csv"]) == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"exported_on": "("}, "no regular expression"),
        ({"exported_on": r"(?P<year>\d+)"}, "year, month and day"),
        ({"path": "../other/*.csv"}, "leads out of the landing folder"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused_in_words(change: dict[str, str], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        SourceFile(**{"layout": "members", "path": "*.csv", **change})


def test_a_source_names_each_layout_once() -> None:
    twice = [SourceFile(layout="members", path="a*.csv"), SourceFile(layout="members", path="b*.csv")]
    with pytest.raises(
        ValidationError, match=r"names these layouts twice: \['members'\].*a source of its own"
    ):
        Source(source="club", title="Club", zone="UTC", country="DE", currency="EUR", files=twice)


def test_a_ledger_of_an_older_version_is_widened(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights()
    nights.deliver("members.csv", MEMBERS)
    nights.extract(day=4)
    for table, columns in (
        ("file", ("exported_on", "file_kind", "superseded_on", "dropped_on", "rewritten_at")),
        ("delivery", ("exported_on", "replaced_on")),
    ):
        for column in columns:
            nights.engine.execute(f"alter table extract.{table} drop column {column}")
    nights.deliver("members.csv", MEMBERS + "2,Bonn,\n")
    nights.extract(day=5)
    assert nights.rows(
        "select first_seen_on, exported_on, replaced_on from extract.delivery order by all"
    ) == [
        (MAY_4, MAY_4, MAY_5),
        (MAY_5, MAY_5, None),
    ]


def test_loaded_files_may_leave_the_landing_folder(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights()
    nights.deliver("members.csv", MEMBERS)
    nights.run(day=4)
    (nights.project.landing / "members.csv").unlink()
    nights.run(day=5)
    assert nights.rows("select member_no from validate.members") == [("1",)]


def test_headers_beyond_the_layout_and_absent_ones_are_on_record(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights()
    nights.deliver("members.csv", "no,city,shoe size\n1,Berlin,42\n")
    nights.extract()
    assert nights.rows("select unknown_columns, missing_columns from extract.file") == [
        ("shoe size", "updated")
    ]


def test_a_file_that_does_not_fit_loads_nothing_of_itself(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights()
    nights.deliver("members.csv", "city\nBerlin\n")
    nights.extract()
    [(loaded_at, why)] = nights.rows("select loaded_at, refused_because from extract.file")
    assert loaded_at is None
    assert why.startswith("members.csv: required column 'no' is missing")
    assert nights.rows("from extract.raw_members") == []


def test_a_refused_file_that_was_corrected_under_its_name_loads_once(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", 'no,city\n1,"Berlin\n')
    nights.extract(day=4)
    assert "never closed" in refusals(nights)[0]
    nights.deliver("a.csv", "no,city\n1,Berlin\n")
    nights.run(day=5)
    assert nights.rows("select path, physical_records from extract.file") == [("a.csv", 1)]
    assert nights.rows("select member_no, city from validate.members") == [("1", "Berlin")]


def test_a_refused_file_that_was_removed_holds_up_no_night(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "city\nBerlin\n")
    nights.run(day=4)
    assert "required column" in refusals(nights)[0]
    (nights.project.landing / "a.csv").unlink()
    nights.deliver("b.csv", "no,city\n2,Bonn\n")
    nights.run(day=5)
    assert nights.rows("select path from extract.file") == [("b.csv",)]


def test_an_exclamation_mark_in_a_name_makes_no_archive(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(members_layout())
    nights.deliver("sale!.csv", "no,city\n1,Berlin\n")
    nights.run()
    assert nights.rows("select member_no from validate.members") == [("1",)]
    assert nights.rows("from extract.unrecognised_file") == []


def test_files_that_no_pattern_takes_are_named(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city\n1,Berlin\n")
    nights.deliver("b.CSV", "no,city\n2,Bonn\n")
    nights.deliver("new/c.csv.gz", "x")
    nights.run()
    assert nights.rows("select path, size_bytes, why from extract.unrecognised_file") == [
        ("b.CSV", 15, "no source takes it"),
        ("new/c.csv.gz", 1, "no source takes it"),
    ]


def test_a_file_that_no_source_takes_is_told_with_the_layout_that_it_looks_like(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(members_layout(), "taken/*")
    nights.deliver("members.txt", "no;city;updated\n2;Bonn;\n")
    nights.deliver("readme.txt", "Hello\n")
    nights.deliver("cut.parquet", "PAR1 cut off")
    nights.deliver("members.txt.part", "no,city,updated\n")
    nights.run()
    assert nights.rows("select path, looks_like from extract.unrecognised_file") == [
        ("cut.parquet", None),
        ("members.txt", "members"),
        ("members.txt.part", None),
        ("readme.txt", None),
    ]


def test_only_the_first_and_small_files_are_looked_at(
    new_nights: Callable[..., LandingNights], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdp_pipeline.extract.unrecognised.MAX_RECOGNISED", 2)
    monkeypatch.setattr("cdp_pipeline.extract.unrecognised.MAX_RECOGNISED_BYTES", 100)
    nights = new_nights(members_layout(), "taken/*")
    for name, records in (("a", 1), ("b", 100), ("c", 1), ("d", 1)):
        nights.deliver(f"{name}.csv", "no,city,updated\n" + "1,Bonn,\n" * records)
    nights.run()
    assert nights.rows("select path, looks_like from extract.unrecognised_file") == [
        ("a.csv", "members"),
        ("b.csv", None),
        ("c.csv", "members"),
        ("d.csv", None),
    ]


NOT_UTF8 = os.fsdecode(b"K\xf6ln.csv")


@pytest.mark.skipif(
    sys.getfilesystemencoding() != "utf-8", reason="this system's names are of another encoding"
)
def test_a_name_that_is_not_utf_8_stops_nothing_and_is_listed_with_the_remedy(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(pattern="**/*.csv")
    nights.deliver("good.csv", MEMBERS)
    nights.deliver(NOT_UTF8, MEMBERS)
    nights.deliver(os.fsdecode(b"Stra\xdfe/members.csv"), MEMBERS)
    (nights.project.landing / os.fsdecode(b"l\xefnk")).symlink_to(nights.project.landing / "good.csv")
    assert paths(nights) == ["good.csv"]
    nights.run()
    remedy = "its name is not UTF-8: rename it"
    assert nights.rows("from extract.unrecognised_file") == [
        (r"K\xf6ln.csv", len(MEMBERS), remedy, None),
        (r"Stra\xdfe/members.csv", len(MEMBERS), remedy, None),
        (r"l\xefnk", (nights.project.landing / os.fsdecode(b"l\xefnk")).lstat().st_size, "symlink", None),
    ]
    assert nights.rows("select member_no from validate.members") == [("1",)]


def test_a_name_that_is_not_utf_8_is_told_beside_one_that_looks_the_same(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights()
    nights.deliver(NOT_UTF8, MEMBERS)
    nights.deliver(r"K\xf6ln.csv", MEMBERS)
    nights.run()
    assert nights.rows("select path, why from extract.unrecognised_file") == [
        (r"K\xf6ln.csv", "its name is not UTF-8: rename it")
    ]
    assert nights.rows("select path from extract.file") == [(r"K\xf6ln.csv",)]


def test_a_file_named_as_a_member_of_an_archive_is_refused_with_the_archive(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(pattern="*")
    landing = nights.project.landing
    write_zip(landing / "a.zip", {"m.csv": MEMBERS, "other.csv": MEMBERS.replace("1,", "2,")})
    nights.deliver("a.zip!m.csv", MEMBERS.replace("1,", "3,"))
    nights.deliver("good.csv", MEMBERS.replace("1,", "4,"))
    clash = (
        "a.zip!m.csv names a member of a.zip and a file, so nobody can tell which one is meant. "
        "Rename one of the files."
    )
    for day in (4, 5):
        nights.extract(day)
        assert refusals(nights) == [f"a.zip: {clash}", f"a.zip!m.csv: {clash}"]
    assert nights.rows("select path, first_seen_on, replaced_on from extract.delivery order by all") == [
        ("a.zip", MAY_4, None),
        ("a.zip!m.csv", MAY_4, None),
        ("good.csv", MAY_4, None),
    ]
    assert nights.rows("select member_no from extract.raw_members") == [("4",)]
    (landing / "a.zip!m.csv").rename(landing / "m.csv")
    nights.extract(day=6)
    assert refusals(nights) == []
    assert nights.rows("select member_no from extract.raw_members order by all") == [
        ("1",),
        ("2",),
        ("3",),
        ("4",),
    ]


def test_two_archives_whose_members_would_bear_one_name_are_both_refused(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(pattern="*")
    write_zip(nights.project.landing / "a", {"b!c.csv": MEMBERS})
    write_zip(nights.project.landing / "a!b", {"c.csv": MEMBERS})
    nights.extract()
    clash = (
        "a!b!c.csv names a member of a and a member of a!b, so nobody can tell which one is meant. "
        "Rename one of the files."
    )
    assert refusals(nights) == [f"a: {clash}", f"a!b: {clash}"]


def test_a_file_that_two_sources_take_is_no_clash(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(pattern="**/*.csv")
    nights.add_source("bar")
    nights.deliver("bar/members.csv", MEMBERS)
    nights.extract()
    assert refusals(nights) == []
    assert nights.rows("select source_system, path from extract.delivery order by all") == [
        ("bar", "bar/members.csv"),
        ("club", "bar/members.csv"),
    ]


def test_facts_and_date_are_read_from_a_name_with_an_exclamation_mark(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(audience_layout(), "*")
    path = nights.project.landing / "subscribed_2026-05-01!new.csv.gz"
    path.write_bytes(gzip.compress(b"leid\n7\n"))
    nights.run()
    assert nights.rows("select name_facts, exported_on, refused_because from extract.file") == [
        ('{"status": "subscribed"}', date(2026, 5, 1), None)
    ]
