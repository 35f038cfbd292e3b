"""What the closing screen says of records kept out, and of files: left lying, read twice, taken in later."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from cdp_pipeline.contracts.linkage import FullLinkage
from cdp_pipeline.engine import Engine
from cdp_pipeline.night_screen import _people, _quarantined, _set_aside, show_next_steps
from cdp_pipeline.nightly.decision_states import DecisionCounts, decision_counts
from cdp_pipeline.nightly.linked_anew import LinkedAnew, linked_anew_on
from cdp_pipeline.nightly.summary import (
    QUARANTINE,
    TAKEN_TWICE,
    UNRECOGNISED,
    NightSummary,
    QuarantinedGroup,
    UnreadFile,
)
from cdp_pipeline.report.facts.deliveries import SourceState, TakenIn, taken_in_on
from cdp_pipeline_tests.unit.nightly.night_summaries import MAY_4, night_summary
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

MEMBERS = "no,city,updated\n1,Berlin,\n"
MAY_5 = date(2026, 5, 5)


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[LandingNights]:
    nights = LandingNights(tmp_path, members_layout(), "**/*.csv")
    yield nights
    nights.engine.close()


def printed(parts: list[RenderableType], width: int = 200) -> list[str]:
    """Lines of the closing screen, as wide as said."""
    console = Console(width=width)
    with console.capture() as capture:
        for part in parts:
            console.print(part, highlight=False)
    return [line.rstrip() for line in capture.get().splitlines()]


def shown(nights: LandingNights, business_date: date) -> list[str]:
    """Lines of the closing screen on what was set aside."""
    return printed(_set_aside(summary_of(nights, business_date)))


def summary_of(nights: LandingNights, business_date: date) -> NightSummary:
    """A night's numbers, as far as its files tell them."""
    return night_summary(
        business_date,
        taken_twice=nights.engine.fetch_all(TAKEN_TWICE, [business_date]),
        unrecognised=[UnreadFile(*row) for row in nights.engine.fetch_all(UNRECOGNISED)],
    )


def test_each_file_that_is_not_read_is_told_with_the_reason_and_what_it_looks_like(
    nights: LandingNights,
) -> None:
    nights.deliver("members.txt", MEMBERS)
    nights.deliver("readme.txt", "Hello\n")
    nights.deliver(os.fsdecode(b"K\xf6ln.csv"), MEMBERS)
    nights.extract()
    assert shown(nights, MAY_4) == [
        "Also",
        r"  K\xf6ln.csv: not read: its name is not UTF-8: rename it",
        "  members.txt: not read: no source takes it; it looks like members: see cdp source inspect",
        "  readme.txt: not read: no source takes it",
    ]


def test_a_file_that_two_sources_read_is_told_on_the_night_it_comes(nights: LandingNights) -> None:
    nights.add_source("bar")
    nights.deliver("bar/members.csv", MEMBERS)
    nights.deliver("club/members.csv", MEMBERS.replace("1,", "2,"))
    nights.extract(day=4)
    nights.extract(day=5)
    assert shown(nights, MAY_4) == [
        "Also",
        "  bar/members.csv: read more than once, for bar (members), club (members)",
    ]
    assert shown(nights, MAY_5) == []


def test_files_alike_are_one_line_and_a_long_list_ends_with_where_the_rest_is(nights: LandingNights) -> None:
    for number in range(12):
        nights.deliver(f"till/notes_{number:02}.txt", "Hello\n")
        nights.deliver(f"till_{number:02}/readme.txt", "Hello\n")
    nights.extract()
    lines = shown(nights, MAY_4)
    assert lines[1] == "  till/notes_00.txt and 11 others beside it: not read: no source takes it"
    assert len(lines) == 1 + 8 + 1
    assert lines[-1] == "  and 5 more in extract.unrecognised_file of identified.duckdb"


def test_members_that_no_source_takes_are_one_line_of_their_archive(nights: LandingNights) -> None:
    nights.deliver("members.csv", MEMBERS)
    nights.extract()
    unread = [
        UnreadFile(f"a.zip!part{number}/notes.txt", "no source takes it", None) for number in range(200)
    ]
    summary = dataclasses.replace(summary_of(nights, MAY_4), unrecognised=unread)
    assert printed(_set_aside(summary)) == [
        "Also",
        "  a.zip!part0/notes.txt and 199 others beside it: not read: no source takes it",
    ]


def test_segments_without_anybody_are_one_line(nights: LandingNights) -> None:
    nights.extract()
    segments = [("a", 3), ("b", 0), ("c", 0)]
    lines = printed([_people(dataclasses.replace(summary_of(nights, MAY_4), segments=segments))])
    assert [line.split() for line in lines[3:]] == [
        ["Segment", "a", "3", "members"],
        ["Nobody", "in", "2", "of", "3", "segments", "0", "members"],
    ]


@pytest.mark.parametrize(
    ("linked", "row"),
    [
        (
            LinkedAnew(records=1508, is_everything=True, because="always up to 30,000"),
            ["Linked anew 1,508 records, everything (always up to 30,000)"],
        ),
        (LinkedAnew(records=1508, is_everything=True), ["Linked anew 1,508 records, everything"]),
        (
            LinkedAnew(records=1, is_everything=False),
            ["Linked anew 1 record, what changed and the records around it"],
        ),
        (None, []),
    ],
)
def test_the_screen_tells_how_much_was_linked_anew(linked: LinkedAnew | None, row: list[str]) -> None:
    lines = printed([_people(night_summary(linked_anew=linked))], width=80)
    assert [" ".join(line.split()) for line in lines if line.startswith("Linked")] == row


LIMITS = FullLinkage(up_to_records=100, changed_share=0.1, why="a limit for a test, to stay small")


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("34 as linked_records, false as linked_everything", LinkedAnew(records=34, is_everything=False)),
        ("null as linked_records, null as linked_everything", None),
        ("true as linked_everything", None),
    ],
    ids=["told", "unknown", "an earlier version"],
)
def test_a_night_tells_what_was_linked_anew_where_it_knows(columns: str, found: LinkedAnew | None) -> None:
    with Engine.open() as engine:
        assert linked_anew_on(engine, MAY_4, LIMITS) is None
        engine.create_schemas(["link"])
        engine.execute(
            "create table link.linkage_run as select date '2026-05-04' as business_date,"
            f" 'r' as rules_fingerprint, 'm' as model_fingerprint, {columns}"
        )
        assert linked_anew_on(engine, MAY_4, LIMITS) == found
        assert linked_anew_on(engine, MAY_5, LIMITS) is None


@pytest.mark.parametrize(
    ("before", "records", "because"),
    [
        (None, 100, "always up to 100"),
        (None, 101, "the first night"),
        ("('2026-05-03', 'old', 'm', true, 101)", 101, "rules or model changed"),
        ("('2026-05-03', 'r', 'old', true, 101)", 101, "rules or model changed"),
        ("('2026-05-03', 'r', 'm', true, 101)", 101, "--full, a new engine, or 10% changed"),
        ("('2026-05-05', 'r', 'm', true, 101)", 101, "the first night"),
    ],
)
def test_a_night_tells_why_everything_was_linked(before: str | None, records: int, because: str) -> None:
    with Engine.open() as engine:
        engine.create_schemas(["link"])
        engine.execute(
            "create table link.linkage_run (business_date date, rules_fingerprint varchar, model_fingerprint varchar,"
            " linked_everything boolean, linked_records bigint)"
        )
        rows = [f"('2026-05-04', 'r', 'm', true, {records})", *([before] if before else [])]
        engine.execute(f"insert into link.linkage_run values {', '.join(rows)}")
        found = linked_anew_on(engine, MAY_4, LIMITS)
        assert found == LinkedAnew(records=records, is_everything=True, because=because)


@pytest.mark.parametrize(
    ("decisions", "row"),
    [
        (DecisionCounts(in_force=3, waiting=1), ["Decisions 3 in force, 1 waits for a record"]),
        (
            DecisionCounts(waiting=2, not_applied=1),
            ["Decisions 0 in force, 2 wait for a record, 1 contradicted"],
        ),
        (DecisionCounts(), []),
    ],
)
def test_the_screen_tells_how_decisions_stand(decisions: DecisionCounts, row: list[str]) -> None:
    lines = printed([_people(night_summary(decisions=decisions))], width=80)
    assert [" ".join(line.split()) for line in lines if line.startswith("Decisions")] == row


def test_decisions_of_a_night_are_counted_as_they_stand() -> None:
    with Engine.open() as engine:
        assert decision_counts(engine) == DecisionCounts()
        engine.create_schemas(["link"])
        engine.execute(
            "create table link.customer_source_record as select 'crm' as source_system, 'contact' as record_kind,"
            " unnest(['a', 'b', 'c']) as source_record_id"
        )
        engine.execute(
            "create table link.match_decision as select decision_id, 'crm' as left_source_system,"
            " 'contact' as left_record_kind, l as left_source_record_id, 'crm' as right_source_system,"
            " 'contact' as right_record_kind, r as right_source_record_id"
            " from (values (1, 'a', 'b'), (2, 'b', 'c'), (3, 'a', 'c'), (4, 'a', 'gone')) as d (decision_id, l, r)"
        )
        engine.execute(
            "create table link.decision_conflict as"
            " select 3 as never_link_decision_id, 2 as must_link_decision_id"
        )
        assert decision_counts(engine) == DecisionCounts(in_force=2, waiting=1, not_applied=1)


def test_a_review_is_proposed_where_pairs_are_uncertain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_next_steps(tmp_path)
    assert "cdp link review" not in capsys.readouterr().out
    show_next_steps(tmp_path, uncertain_pairs=1245)
    shown = capsys.readouterr().out
    assert "/bin/cdp link review   # 1,245 uncertain pairs, the most telling" in shown


def test_activation_files_are_pointed_to_where_there_are_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "activations").mkdir()
    show_next_steps(tmp_path)
    assert "activations" not in capsys.readouterr().out
    (tmp_path / "activations" / "welcome.csv").write_text("x", encoding="utf-8")
    show_next_steps(tmp_path)
    assert "/activations" in capsys.readouterr().out


def test_records_in_quarantine_are_told_by_file_and_rule_with_a_reason_given_once(
    nights: LandingNights,
) -> None:
    nights.deliver("a.csv", "no,city,updated\n1,Berlin,\n2,bonn,\n3,ulm,\n,Köln,\n")
    nights.deliver("b.csv", "no,city,updated\n4,jena,\n")
    nights.run()
    groups = [QuarantinedGroup(*row) for row in nights.engine.fetch_all(QUARANTINE, [MAY_4])]
    summary = dataclasses.replace(summary_of(nights, MAY_4), quarantine=groups)
    remedy = "Correct it at its source, or config/layouts/members.yml where the record is right."
    assert printed(_quarantined(summary)) == [
        "Quarantined: 4 records",
        "  a.csv: 2 records, city_has_wrong_form, first at line 3",
        f"    Expected: city has the form that its layout asks for. {remedy}",
        "  a.csv: 1 record, member_no_is_missing, at line 5",
        f"    Expected: member_no is given. {remedy}",
        "  b.csv: 1 record, city_has_wrong_form, at line 2",
        "  One by one: cdp source quarantine list",
    ]
    narrow = printed(_quarantined(summary), width=80)
    assert max(map(len, narrow)) <= 80
    assert all(line.startswith("  ") for line in narrow[1:]), "a further line stands in as its first does"


def test_a_long_list_of_rules_is_cut_and_counted(nights: LandingNights) -> None:
    nights.extract()
    groups = [QuarantinedGroup("a.csv", f"rule_{number}", None, 5, 2) for number in range(20)]
    lines = printed(_quarantined(dataclasses.replace(summary_of(nights, MAY_4), quarantine=groups)))
    assert lines[0] == "Quarantined: 100 records"
    assert lines[-1] == "  and 60 records more. One by one: cdp source quarantine list"
    assert len(lines) == 1 + 8 + 1


def test_what_was_let_in_or_corrected_is_told_and_not_called_silent(nights: LandingNights) -> None:
    bad = "".join(f"{number},bonn,\n" for number in range(12))
    nights.deliver("a.csv", f"no,city,updated\n{bad}20,Berlin,\n")
    nights.run(day=4)
    assert taken_in_on(nights.engine, MAY_4) == []
    nights.let_files_in("club")
    nights.run(day=5)
    taken_in = taken_in_on(nights.engine, MAY_5)
    assert taken_in == [TakenIn("club", "Club", files=1, records=1, let_in=1, returned=0)]
    summary = dataclasses.replace(summary_of(nights, MAY_5), taken_in=taken_in, silent_sources=["club"])
    assert printed(_set_aside(summary)) == [
        "Also",
        "  club: 1 file that came before counts now (1 record), let in by a person",
    ]
    nights.change_layout(members_layout(expectations=[]))
    for _ in range(2):
        nights.run(day=6)
        assert taken_in_on(nights.engine, date(2026, 5, 6)) == [
            TakenIn("club", "Club", files=0, records=0, let_in=0, returned=12)
        ], "the same after a second run of the night"
    nights.run(day=7)
    assert taken_in_on(nights.engine, date(2026, 5, 7)) == []


def test_a_held_file_counts_after_a_correction(nights: LandingNights) -> None:
    bad = "".join(f"{number},bonn,\n" for number in range(12))
    nights.deliver("a.csv", f"no,city,updated\n{bad}")
    nights.run(day=4)
    nights.change_layout(members_layout(expectations=[]))
    nights.run(day=5)
    [taken] = taken_in_on(nights.engine, MAY_5)
    assert taken.in_words == "1 file that came before counts now (12 records), after a correction"


def test_a_silent_source_is_told_once(nights: LandingNights) -> None:
    nights.extract()
    silent = dataclasses.replace(summary_of(nights, MAY_4), silent_sources=["club", "bar"])
    assert printed(_set_aside(silent)) == ["Also", "  Nothing new came from club, bar"]
    warned = SourceState("club", "Club", "warned", "Nothing new has come for 3 days.", None)
    told = dataclasses.replace(silent, states=[warned])
    assert printed(_set_aside(told)) == ["Also", "  Nothing new came from bar"]
