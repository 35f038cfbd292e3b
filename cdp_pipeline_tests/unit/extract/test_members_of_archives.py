"""One archive of several kinds: each source's pattern takes its members, and what none takes is named."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cdp_pipeline.contracts.source import Delivery, SourceFile
from cdp_pipeline.extract.landing import fits_member
from cdp_pipeline.extract.settling import view_landing
from cdp_pipeline_tests.unit.validate.landing_nights import (
    CLUB,
    LandingNights,
    audience_layout,
    members_layout,
    orders_layout,
)

MEMBERS = "no,city,updated\n1,Berlin,\n"
ORDERS = "order,item\n100,shoe\n100,sock\n"
UNSURE = "so nobody can tell which one is meant. Rename one of the files."
DELIVERED = "select source_system, layout, path from extract.delivery order by all"
LEFT = "select path, size_bytes, why, looks_like from extract.unrecognised_file order by path"
REFUSED = """
select source_system, layout, refused_because from extract.file where refused_because is not null order by all
"""
NOT_TAKEN = "no source takes this member of the archive"


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[LandingNights]:
    made = LandingNights(tmp_path, members_layout())
    yield made
    made.engine.close()


def deliver_by(nights: LandingNights, paths: dict[str, str], source: str = CLUB, **facts: Any) -> None:
    """Let a source deliver each layout by the pattern beside it."""
    known = {layout.layout: layout for layout in (members_layout(), orders_layout(), audience_layout())}
    files = [SourceFile(layout=layout, path=path, **facts) for layout, path in paths.items()]
    [club, *_] = nights.project.sources.values()
    changed = club.model_copy(update={"source": source, "files": files})
    sources = {**nights.project.sources, source: changed}
    nights.project = dataclasses.replace(nights.project, layouts=known, sources=sources)


def zip_up(nights: LandingNights, name: str, members: dict[str, str]) -> Path:
    path = nights.project.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def test_each_member_of_an_archive_goes_to_the_layout_whose_pattern_takes_it(nights: LandingNights) -> None:
    deliver_by(nights, {"members": "crm/backup*.zip!Member*.csv", "orders": "crm/backup*.zip!Order*.csv"})
    zip_up(nights, "crm/backup_1.zip", {"export/Members_de.csv": MEMBERS, "Orders.csv": ORDERS})
    nights.run()
    assert nights.rows(DELIVERED) == [
        ("club", "members", "crm/backup_1.zip!export/Members_de.csv"),
        ("club", "orders", "crm/backup_1.zip!Orders.csv"),
    ]
    assert nights.rows("select member_no, city from validate.members") == [("1", "Berlin")]
    assert nights.rows("select order_no, item from validate.orders order by item") == [
        ("100", "shoe"),
        ("100", "sock"),
    ]
    assert nights.rows("select state from validate.source_night") == [("ok",)]
    assert nights.rows(LEFT) == []


def test_members_that_no_pattern_takes_are_named_with_the_layout_that_they_look_like(
    nights: LandingNights,
) -> None:
    deliver_by(nights, {"members": "backup.zip!Member*.csv", "orders": "elsewhere/*.csv"})
    zip_up(
        nights,
        "backup.zip",
        {
            "Members.csv": MEMBERS,
            "sub/Bestellungen.csv": ORDERS,
            "notes.txt": "Hello\n",
            "readme.pdf": "x",
            "in.zip": "PK\3\4",
        },
    )
    nights.run()
    assert nights.rows(LEFT) == [
        ("backup.zip!in.zip", 4, NOT_TAKEN, None),
        ("backup.zip!notes.txt", 6, NOT_TAKEN, None),
        ("backup.zip!readme.pdf", 1, "document in an archive", None),
        ("backup.zip!sub/Bestellungen.csv", len(ORDERS), NOT_TAKEN, "orders"),
    ]
    assert nights.rows("select state from validate.source_night") == [("warned",)]
    assert nights.rows(DELIVERED) == [("club", "members", "backup.zip!Members.csv")]


def test_an_archive_of_which_nothing_is_taken_stands_there_by_its_members_alone(
    nights: LandingNights,
) -> None:
    deliver_by(nights, {"members": "backup.zip!Member*.csv"})
    zip_up(nights, "backup.zip", {"members.csv": MEMBERS})
    nights.run()
    assert nights.rows(DELIVERED) == []
    assert nights.rows(LEFT) == [("backup.zip!members.csv", len(MEMBERS), NOT_TAKEN, "members")]


def test_an_archive_of_which_members_are_taken_counts_as_a_delivery_that_came(nights: LandingNights) -> None:
    deliver_by(nights, {"members": "backup*.zip!Member*.csv"})
    zip_up(nights, "backup_1.zip", {"Members.csv": MEMBERS})
    nights.deliver("Members.csv", MEMBERS)
    view = view_landing(nights.project)
    assert [file.path for file in view.deliveries] == ["backup_1.zip"]
    assert [file.path for file in view.unrecognised] == ["Members.csv"]


def test_only_the_first_and_small_members_are_looked_at(
    nights: LandingNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdp_pipeline.extract.unrecognised.MAX_RECOGNISED", 2)
    monkeypatch.setattr("cdp_pipeline.extract.unrecognised.MAX_RECOGNISED_BYTES", 100)
    deliver_by(nights, {"members": "backup.zip!taken.csv"})
    nights.deliver("a.csv", MEMBERS)
    zip_up(nights, "backup.zip", {"b.csv": MEMBERS * 50, "c.csv": MEMBERS, "d.csv": MEMBERS})
    nights.run()
    assert [looks_like for *_, looks_like in nights.rows(LEFT)] == ["members", None, "members", None]


def test_without_an_exclamation_mark_all_members_are_read_whatever_another_source_takes(
    nights: LandingNights,
) -> None:
    deliver_by(nights, {"members": "a.zip"})
    deliver_by(nights, {"members": "a.zip!one.csv"}, source="other")
    zip_up(nights, "a.zip", {"one.csv": MEMBERS, "two.csv": MEMBERS.replace("1,", "2,")})
    nights.run()
    assert nights.rows(DELIVERED) == [
        ("club", "members", "a.zip!one.csv"),
        ("club", "members", "a.zip!two.csv"),
        ("other", "members", "a.zip!one.csv"),
    ]
    assert nights.rows(LEFT) == []


def test_a_member_that_two_layouts_take_is_read_for_both(nights: LandingNights) -> None:
    both = members_layout(layout="orders", lines_per_key="many", version_column=None)
    deliver_by(nights, {"members": "a.zip!*.csv", "orders": "a.zip!Mem*"})
    nights.project = dataclasses.replace(nights.project, layouts={**nights.project.layouts, "orders": both})
    zip_up(nights, "a.zip", {"Members.csv": MEMBERS})
    nights.run()
    assert nights.rows(DELIVERED) == [
        ("club", "members", "a.zip!Members.csv"),
        ("club", "orders", "a.zip!Members.csv"),
    ]
    assert nights.rows(
        "select count(*) from validate.members union all select count(*) from validate.orders"
    ) == [
        (1,),
        (1,),
    ]


def test_an_archive_that_is_refused_as_a_whole_blocks_every_source_that_takes_of_it(
    nights: LandingNights,
) -> None:
    deliver_by(nights, {"members": "a.zip!Member*", "orders": "a.zip!Order*"})
    deliver_by(nights, {"members": "a.zip!Other*"}, source="other")
    nights.deliver("a.zip", "PK\x03\x04 cut off")
    nights.run()
    refused = nights.rows(REFUSED)
    assert [row[:2] for row in refused] == [("club", "members"), ("club", "orders"), ("other", "members")]
    assert {why for *_, why in refused} == {
        "a.zip: not a readable ZIP archive: damaged or cut off. Ask for a new export, complete."
    }
    assert nights.rows("select source_system, state from validate.source_night order by all") == [
        ("club", "blocked"),
        ("other", "blocked"),
    ]
    zip_up(nights, "a.zip", {"Members.csv": MEMBERS, "Orders.csv": ORDERS, "Others.csv": MEMBERS})
    nights.run(day=5)
    assert nights.rows(REFUSED) == []
    assert nights.rows("select state from validate.source_night where business_date = '2026-05-05'") == [
        ("ok",),
        ("ok",),
    ]


def test_a_file_that_is_no_archive_is_refused_where_members_are_asked_for(nights: LandingNights) -> None:
    deliver_by(nights, {"members": "crm/*!Member*.csv"})
    nights.deliver("crm/Members.csv", MEMBERS)
    nights.run()
    assert nights.rows("select refused_because from extract.file") == [
        (
            "crm/Members.csv: is no ZIP archive, so it has no members as crm/*!Member*.csv of source club names them. "
            "Ask for the archive, or correct `path` in config/sources/club.yml.",
        )
    ]


def test_a_refused_member_blocks_only_the_source_that_takes_it(nights: LandingNights) -> None:
    deliver_by(nights, {"members": "a.zip!Member*"})
    deliver_by(nights, {"orders": "a.zip!Order*"}, source="other")
    zip_up(nights, "a.zip", {"Members.zip": "PK\3\4 nested", "Orders.csv": ORDERS})
    nights.run()
    assert [(source, layout) for source, layout, _ in nights.rows(REFUSED)] == [("club", "members")]
    assert nights.rows("select source_system, state from validate.source_night order by all") == [
        ("club", "blocked"),
        ("other", "ok"),
    ]


def test_a_newer_archive_s_members_are_snapshots_of_their_own_layouts(nights: LandingNights) -> None:
    deliver_by(
        nights,
        {"members": "backup*.zip!Member*", "orders": "backup*.zip!Order*"},
        delivery=Delivery.SNAPSHOT,
    )
    zip_up(nights, "backup_2026-05-03.zip", {"Members.csv": MEMBERS + "2,Bonn,\n", "Orders.csv": ORDERS})
    zip_up(
        nights,
        "backup_2026-05-02.zip",
        {"Members.csv": MEMBERS + "3,Ulm,\n", "Orders_2026-05-04.csv": ORDERS[:-9]},
    )
    nights.run()
    assert nights.rows("select path, exported_on from extract.file order by path") == [
        ("backup_2026-05-02.zip!Members.csv", date(2026, 5, 2)),
        ("backup_2026-05-02.zip!Orders_2026-05-04.csv", date(2026, 5, 4)),
        ("backup_2026-05-03.zip!Members.csv", date(2026, 5, 3)),
        ("backup_2026-05-03.zip!Orders.csv", date(2026, 5, 3)),
    ]
    assert nights.rows("select member_no from validate.members order by all") == [("1",), ("2",)]
    assert nights.rows("select item from validate.orders order by all") == [("shoe",)]


def test_facts_are_read_from_a_member_s_own_name(nights: LandingNights) -> None:
    deliver_by(nights, {"members": "a?.zip!Member*", "audience": "a?.zip!list/*"})
    zip_up(nights, "a!.zip", {"list/subscribed_1!.csv": "leid\n7\n", "Members.csv": MEMBERS})
    nights.run()
    assert nights.rows("select leid, status from validate.audience") == [("7", "subscribed")]


def test_a_record_of_a_member_is_quarantined_by_its_label_and_let_in_again(nights: LandingNights) -> None:
    deliver_by(nights, {"members": "a.zip!Member*"})
    zip_up(nights, "a.zip", {"Members.csv": "no,city,updated\n1,berlin,\n2,Bonn,\n", "Users.csv": "x\n"})
    nights.run()
    [(path, line, rule)] = nights.rows("select path, line, rule from validate.quarantine")
    assert (path, line) == ("a.zip!Members.csv", 2)
    assert nights.rows("select member_no from validate.members") == [("2",)]
    nights.let_in((line, rule))
    nights.run(day=5)
    assert nights.rows("select member_no from validate.members order by all") == [("1",), ("2",)]


def test_a_file_that_nobody_takes_but_that_is_named_as_a_member_refuses_the_archive(
    nights: LandingNights,
) -> None:
    deliver_by(nights, {"members": "a.zip!*.csv"})
    zip_up(nights, "a.zip", {"m.csv": MEMBERS})
    nights.deliver("a.zip!m.csv", MEMBERS.replace("1,", "3,"))
    nights.run()
    assert nights.rows("select path, refused_because from extract.file") == [
        ("a.zip", f"a.zip: a.zip!m.csv names a member of a.zip and a file, {UNSURE}")
    ]
    assert nights.rows(LEFT) == [("a.zip!m.csv", len(MEMBERS), "no source takes it", "members")]


def test_a_member_whose_name_no_file_could_bear_loads(nights: LandingNights) -> None:
    deliver_by(nights, {"members": "a.zip!*.csv"})
    zip_up(nights, "a.zip", {"m" * 300 + ".csv": MEMBERS})
    nights.run()
    assert nights.rows("select member_no from validate.members") == [("1",)]


@pytest.mark.parametrize(
    ("glob", "member", "fits"),
    [
        ("Contact*.csv", "Contacts.csv", True),
        ("Contact*.csv", "backup/2026/Contacts.csv", True),
        ("Contact*.csv", "Contacts.csv/part.csv", False),
        ("Contact*.csv", "contacts.csv", False),
        ("crm/Contact*.csv", "crm/Contacts.csv", True),
        ("crm/Contact*.csv", "backup/crm/Contacts.csv", False),
        ("crm/*.csv", "crm/deep/Contacts.csv", False),
        ("**/crm/*.csv", "crm/Contacts.csv", True),
        ("**/crm/*.csv", "a/b/crm/Contacts.csv", True),
        ("*", "a/b.csv", True),
        ("[!C]*.csv", "Contacts.csv", False),
        ("Contacts?.csv", "Contacts!.csv", True),
    ],
)
def test_a_glob_without_a_slash_is_for_a_member_s_own_name(glob: str, member: str, fits: bool) -> None:
    assert fits_member(glob, member) is fits


@pytest.mark.parametrize(
    ("path", "file_glob", "member_glob"),
    [
        ("shop/orders*.csv", "shop/orders*.csv", None),
        ("crm/b*.zip!Contact*.csv", "crm/b*.zip", "Contact*.csv"),
        ("crm/[!0-9]*.csv", "crm/[!0-9]*.csv", None),
        ("crm/[!0-9]*.zip![!A]*.csv", "crm/[!0-9]*.zip", "[!A]*.csv"),
        ("crm/[1.zip!a.csv", "crm/[1.zip", "a.csv"),
    ],
)
def test_an_exclamation_mark_parts_an_archive_from_its_members(
    path: str, file_glob: str, member_glob: str | None
) -> None:
    file = SourceFile(layout="members", path=path)
    assert (file.file_glob, file.member_glob) == (file_glob, member_glob)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("a!b.zip!c.csv", r"more than one exclamation mark.*write \? for one that is part of a name"),
        ("!c.csv", r"names no file in ''"),
        ("a.zip!", r"names no file in ''"),
        ("a.zip!/c.csv", r"names no file in '/c\.csv'"),
        ("a.zip!sub/", r"names no file in 'sub/'"),
        ("a.zip!sub/**", r"names no file in 'sub/\*\*'"),
        ("a.zip!sub\\c.csv", "names no file in"),
        ("a.zip!../c.csv", "leads out of the archive"),
        ("shop/**orders.csv", r"\*\* stands for folders"),
        (".", r"names no file in '\.'"),
    ],
)
def test_a_pattern_that_can_take_nothing_is_refused_in_words(path: str, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        SourceFile(layout="members", path=path)
