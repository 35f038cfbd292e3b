"""What lies in the landing folder, and the ledger that loads each content once."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract import deliveries
from cdp_pipeline.extract.containers import read_delivery
from cdp_pipeline.extract.deliveries import find_deliveries
from cdp_pipeline_tests.unit.validate.landing_nights import (
    LandingNights,
    audience_layout,
    club_project,
    members_layout,
)

MEMBERS = "no,city,updated\n1,Berlin,\n"


@pytest.fixture
def new_nights(tmp_path: Path) -> Iterator[Callable[..., LandingNights]]:
    opened: list[LandingNights] = []

    def start(layout: object = None, pattern: str = "*.csv") -> LandingNights:
        opened.append(LandingNights(tmp_path, layout or members_layout(), pattern))
        return opened[-1]

    yield start
    for nights in opened:
        nights.engine.close()


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


def test_links_dot_files_and_folders_are_no_deliveries(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights()
    nights.deliver("real.csv", MEMBERS)
    nights.deliver(".half_copied.csv", MEMBERS)
    nights.deliver("folder.csv/inside.csv", MEMBERS)
    (nights.project.landing / "link.csv").symlink_to(nights.project.landing / "real.csv")
    assert paths(nights) == ["real.csv"]


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


def test_a_name_without_its_fact_is_refused(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(audience_layout())
    nights.deliver("members.csv", "leid\n7\n")
    with pytest.raises(LandingFileError, match=r"members\.csv: the name does not say status.*Rename"):
        paths(nights)


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


def test_a_broken_zip_names_the_file_and_the_remedy(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(audience_layout(), "*.zip")
    nights.deliver("audience.zip", "not an archive")
    with pytest.raises(LandingFileError, match=r"audience\.zip: not a readable ZIP archive\. Ask for a new"):
        paths(nights)


def test_a_damaged_zip_member_is_refused(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(audience_layout(), "*.zip")
    path = nights.project.landing / "audience.zip"
    write_zip(path, {"subscribed_1.csv": "leid\n7\n"})
    path.write_bytes(path.read_bytes().replace(b"leid\n7", b"leid\n8", 1))
    with pytest.raises(LandingFileError, match=r"audience\.zip: not a readable ZIP archive"):
        paths(nights)


def test_an_encrypted_zip_is_refused_in_words(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(audience_layout(), "*.zip")
    path = nights.project.landing / "audience.zip"
    write_zip(path, {"subscribed_1.csv": "leid\n7\n"})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the encryption flags of the local header and of the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(LandingFileError, match=r"audience\.zip"):
        paths(nights)


def test_an_archive_of_too_many_members_is_refused(
    new_nights: Callable[..., LandingNights], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MAX_MEMBERS", 1)
    nights = new_nights(audience_layout(), "*.zip")
    write_zip(nights.project.landing / "a.zip", {"subscribed_1.csv": "leid\n", "subscribed_2.csv": "leid\n"})
    with pytest.raises(LandingFileError, match=r"a\.zip: more than 1 members.*smaller archives"):
        paths(nights)


@pytest.mark.parametrize("path", ["gone.csv", "gone.zip!subscribed_1.csv", "here.zip!subscribed_9.csv"])
def test_a_registered_file_that_has_gone_is_named(tmp_path: Path, path: str) -> None:
    content = b"leid\n7\n"
    sha256 = hashlib.sha256(content).hexdigest()
    write_zip(tmp_path / "here.zip", {"subscribed_1.csv": content.decode()})
    assert read_delivery(tmp_path, "here.zip!subscribed_1.csv", sha256) == content
    with pytest.raises(LandingFileError, match="changed or gone since this run found it"):
        read_delivery(tmp_path, path, sha256)


def test_content_that_changed_since_it_was_found_is_never_loaded_under_its_old_hash(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("no\n1\n", encoding="utf-8")
    with pytest.raises(LandingFileError, match=r"a\.csv: changed or gone"):
        read_delivery(tmp_path, "a.csv", hashlib.sha256(b"no\n").hexdigest())


def test_a_refused_file_that_was_corrected_under_its_name_loads_once(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", 'no,city\n1,"Berlin\n')
    with pytest.raises(LandingFileError, match="never closed"):
        nights.run(day=4)
    nights.deliver("a.csv", "no,city\n1,Berlin\n")
    nights.run(day=5)
    assert nights.rows("select path, physical_records from extract.file") == [("a.csv", 1)]
    assert nights.rows("select member_no, city from validate.members") == [("1", "Berlin")]


def test_a_refused_file_that_was_removed_holds_up_no_night(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "city\nBerlin\n")
    with pytest.raises(LandingFileError, match="required column"):
        nights.run(day=4)
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
    assert nights.rows("select path, size_bytes from extract.unrecognised_file") == [
        ("b.CSV", 15),
        ("new/c.csv.gz", 1),
    ]
