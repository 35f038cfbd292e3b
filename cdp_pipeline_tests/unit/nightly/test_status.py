"""How the project stands: nothing published, published in time, overdue; what waits and what failed."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_pipeline import cli
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.run_record import Outcome, RunRecord, write_run_record
from cdp_pipeline.nightly.status import project_status
from cdp_pipeline.publish.manifest import MANIFEST_NAME, Manifest
from cdp_pipeline.publish.night_folder import point_current_to

DUE = datetime(2026, 5, 6, 9, tzinfo=UTC)


def record(outcome: Outcome = Outcome.SUCCEEDED, **changes: object) -> RunRecord:
    return RunRecord(
        run_id="0123456789abcdef",
        business_date=date(2026, 5, 5),
        is_whole_night=True,
        process=os.getpid(),
        started_at=DUE - timedelta(hours=30),
        ended_at=DUE - timedelta(hours=30) + timedelta(seconds=95),
        outcome=outcome,
        due_at=DUE,
    ).model_copy(update=changes)


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    (tmp_path / "data" / "warehouse").mkdir(parents=True)
    (tmp_path / "data" / "landing" / "shop").mkdir(parents=True)
    return load_project(tmp_path)


def shown(project: Project, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, ["status", "--project", str(project.root), *options])
    return result.exit_code, result.output


def test_a_new_project_has_published_nothing_and_that_is_no_failure(empty: Project) -> None:
    status = project_status(empty)
    assert (status.published, status.last_run, status.problems) == (None, None, [])
    exit_code, output = shown(empty)
    assert exit_code == 0
    assert "nothing yet. Run a night: cdp run" in output
    assert "none on record" in output


def test_files_that_wait_are_told_from_unfinished_and_unrecognised_ones(empty: Project) -> None:
    for name in ("orders.csv", "orders_2.csv.part", "notes.md"):
        (empty.landing / "shop" / name).write_text("x", encoding="utf-8")
    landing = project_status(empty).landing
    assert landing.waiting == ["shop/orders.csv"]
    assert landing.unfinished == ["shop/orders_2.csv.part"]
    assert landing.unrecognised == ["shop/notes.md"]


def test_a_name_that_is_not_utf_8_is_shown_all_the_same(empty: Project) -> None:
    (empty.landing / "shop" / os.fsdecode(b"orders_K\xf6ln.csv")).write_text("x", encoding="utf-8")
    assert r"shop/orders_K\xf6ln.csv: not read, its name is not UTF-8: rename it" in shown(empty)[1]
    exit_code, output = shown(empty, "--json")
    assert exit_code == 0
    assert json.loads(output)["landing"]["misnamed"] == [r"shop/orders_K\xf6ln.csv"]


def test_one_file_waits_and_two_wait(empty: Project) -> None:
    (empty.landing / "shop" / "orders.csv").write_text("x", encoding="utf-8")
    assert "1 file waits for the next night" in shown(empty)[1]
    (empty.landing / "shop" / "orders_2.csv").write_text("x", encoding="utf-8")
    assert "2 files wait for the next night" in shown(empty)[1]


def test_a_file_name_cannot_steer_the_terminal(empty: Project) -> None:
    (empty.landing / "shop" / "\x1b]0;title\x07notes.md").write_text("x", encoding="utf-8")
    write_run_record(empty, record(Outcome.FAILED, failure="\x1b[2Jnotes.md: is damaged", due_at=None))
    output = shown(empty)[1]
    assert "\x1b" not in output
    assert "�]0;title�notes.md: unrecognised" in output


def test_a_failed_first_run_is_a_problem_and_says_why(empty: Project) -> None:
    write_run_record(
        empty, record(Outcome.FAILED, failure="shop/orders.csv: [total] is missing", due_at=None)
    )
    exit_code, output = shown(empty)
    assert exit_code == 1
    assert "the last run failed" in output
    assert "shop/orders.csv: [total] is missing" in output


def test_a_running_night_is_told_and_the_working_file_left_alone(empty: Project) -> None:
    holder = {"process": os.getpid(), "since": "2026-05-05T03:00:00+00:00"}
    (empty.warehouse / "writer.json").write_text(json.dumps(holder), encoding="utf-8")
    empty.working_file.write_bytes(b"locked by its writer")
    exit_code, output = shown(empty)
    assert exit_code == 0
    assert "a night is running since 2026-05-05T03:00:00+00:00" in output


def test_a_write_ahead_log_without_a_writer_is_told(empty: Project) -> None:
    empty.working_file.write_bytes(b"")
    (empty.warehouse / "work.duckdb.wal").write_bytes(b"")
    assert project_status(empty).working_file.is_recovering
    assert "the next run recovers it" in shown(empty)[1]


DELIVERED = "insert into extract.delivery (path, size_bytes, source_system, first_seen_on) values"

TABLES = """
create schema extract; create schema validate; create schema segment;
create table extract.source_system as
    select unnest(['crm', 'shop', 'till']) as source_system, unnest(['CRM', 'Shop', 'Tills']) as title;
create table extract.delivery (path varchar, size_bytes bigint, source_system varchar, first_seen_on date,
    layout varchar, file_id varchar, replaced_on date);
insert into extract.delivery values
    ('crm/contacts.csv', 4, 'crm', '2026-05-05', 'salesforce_contact', 'f1', null),
    ('shop/all.zip!orders.csv', 900, 'shop', '2026-05-03', 'shopify_orders', 'f4', null);
create table extract.unrecognised_file (path varchar, size_bytes bigint, why varchar);
create table validate.accepted_file (file_id varchar, accepted_on date, let_in_by bigint);
insert into validate.accepted_file values ('f9', '2026-05-05', 1), ('f1', '2026-05-05', null);
create table validate.conservation (file_id varchar, source_system varchar, layout varchar, first_seen_on date,
    state varchar, physical_records bigint, loaded_records bigint, quarantined_records bigint, blank_records bigint);
insert into validate.conservation values
    ('f1', 'crm', 'salesforce_contact', '2026-05-05', 'accepted', 10, 7, 2, 1),
    ('f2', 'shop', 'shopify_orders', '2026-05-05', 'held', 30, 29, 1, 0),
    ('f3', 'shop', 'shopify_customers', '2026-05-05', 'refused', null, null, null, null),
    ('f4', 'shop', 'shopify_orders', '2026-05-03', 'accepted', 50, 49, 1, 0);
create table validate.source_night (business_date date, source_system varchar, state varchar, reasons varchar,
    last_good_on date, returned_records bigint);
insert into validate.source_night values
    ('2026-05-05', 'crm', 'ok', null, '2026-05-05', 0), ('2026-05-04', 'shop', 'blocked', 'Of old.', null, 0),
    ('2026-05-05', 'till', 'warned', 'Nothing was ever delivered.', null, 0);
create table validate.quarantine (rule varchar, business_date date);
insert into validate.quarantine values
    ('field_count', '2026-05-03'), ('field_count', '2026-05-05'), ('total_is_money', '2026-05-05');
create table validate.result (business_date date, table_name varchar, expectation_id varchar,
    expectation_type varchar, severity varchar, is_met boolean, evaluated_rows bigint, failing_rows bigint);
insert into validate.result values
    ('2026-05-05', 'golden.golden_profile', 'email_is_known', 'expect_x', 'warning', false, 90, 12),
    ('2026-05-05', 'golden.golden_profile', 'key', 'expect_x', 'critical', true, 90, 0),
    ('2026-05-05', 'standardise.product', 'category_is_known',
        'expect_column_proportion_of_non_null_values_to_be_between', 'warning', false, 0, 0),
    ('2026-05-04', 'golden.golden_profile', 'phone_is_known', 'expect_x', 'warning', false, 90, 3);
create table segment.segment_size (segment varchar, business_date date, member_count bigint);
insert into segment.segment_size values
    ('lapsed', '2026-05-03', 20), ('lapsed', '2026-05-05', 17), ('new', '2026-05-05', 4);
"""


@pytest.fixture
def published(empty: Project) -> Project:
    """A project whose published night has a few rows, and whose last run went well."""
    folder = empty.published / "2026-05-05-run1"
    folder.mkdir(parents=True)
    with Engine.open(folder / "identified.duckdb") as engine:
        for statement in TABLES.split(";")[:-1]:
            engine.execute(statement)
    manifest = Manifest(
        project="example_retailer",
        business_date=date(2026, 5, 5),
        run_id="run1",
        published_at=DUE - timedelta(hours=29),
        project_fingerprint="x",
        inputs=[],
        files=[],
    )
    (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(), encoding="utf-8")
    point_current_to(folder)
    write_run_record(empty, record())
    return empty


def test_decisions_that_contradict_each_other_are_told_and_are_no_failure(published: Project) -> None:
    assert project_status(published).published.conflicting_decisions == []
    with Engine.open(published.published / "2026-05-05-run1" / "identified.duckdb") as engine:
        engine.execute("create schema link")
        engine.execute(
            "create table link.decision_conflict as select 7 as never_link_decision_id, 3 as must_link_decision_id"
        )
    assert "Contradiction: match decision 7 keeps two records apart that decision 3" in shown(published)[1]
    now = datetime(2026, 5, 5, 12, tzinfo=UTC)
    assert project_status(published, now).problems == []


def test_how_much_was_linked_anew_is_told(published: Project) -> None:
    assert "Linked anew" not in shown(published)[1]
    with Engine.open(published.published / "2026-05-05-run1" / "identified.duckdb") as engine:
        engine.execute("create schema link")
        engine.execute(
            "create table link.linkage_run as select date '2026-05-05' as business_date, 34 as linked_records,"
            " false as linked_everything, 'r' as rules_fingerprint, 'm' as model_fingerprint"
        )
    assert "Linked anew    34 records, what changed and the records around it" in shown(published)[1]
    linked = json.loads(shown(published, "--json")[1])["published"]["linked_anew"]
    assert (linked["records"], linked["is_everything"]) == (34, False)


def test_an_exclamation_mark_in_a_known_name_makes_no_known_archive(published: Project) -> None:
    with Engine.open(published.published / "2026-05-05-run1" / "identified.duckdb") as engine:
        engine.execute(
            f"{DELIVERED} ('shop/orders!.csv', 1, 'shop', '2026-05-05'),"
            " ('shop/orders_1.csv!old.csv', 1, 'shop', '2026-05-05'),"
            " ('shop/orders_2.csv!orders.csv', 900, 'shop', '2026-05-05')"
        )
    for name in ("orders!.csv", "orders_1.csv", "orders_1.csv!old.csv", "orders_2.csv"):
        (published.landing / "shop" / name).write_text("x", encoding="utf-8")
    assert project_status(published).landing.waiting == ["shop/orders_1.csv"]


def test_an_archive_from_which_the_night_read_nothing_waits_no_longer(published: Project) -> None:
    (published.landing / "shop" / "orders_3.csv").write_text("x", encoding="utf-8")
    assert project_status(published).landing.waiting == ["shop/orders_3.csv"]
    with Engine.open(published.published / "2026-05-05-run1" / "identified.duckdb") as engine:
        engine.execute(
            "insert into extract.unrecognised_file values"
            " ('shop/orders_3.csv!users.csv', 9, 'no source takes this member of the archive')"
        )
    assert project_status(published).landing.waiting == []


def test_a_published_night_is_in_time_until_its_deadline_and_overdue_after(published: Project) -> None:
    assert project_status(published, DUE).problems == []
    late = project_status(published, DUE + timedelta(seconds=1))
    assert late.is_overdue
    assert late.problems == ["the next night is overdue"]


def test_a_night_that_is_late_and_running_is_no_problem_yet(published: Project) -> None:
    holder = {"process": os.getpid(), "since": "2026-05-06T08:00:00+00:00"}
    (published.warehouse / "writer.json").write_text(json.dumps(holder), encoding="utf-8")
    late = project_status(published, DUE + timedelta(seconds=1))
    assert (late.is_overdue, late.problems) == (True, [])


def test_the_counts_are_those_of_the_published_night(published: Project) -> None:
    night = project_status(published, DUE).published
    assert night is not None
    assert [asdict(source) for source in night.sources if source.source_system == "crm"] == [
        {
            "source_system": "crm",
            "layout": "salesforce_contact",
            "files": 1,
            "delivered": 10,
            "loaded": 7,
            "quarantined": 2,
            "blank": 1,
            "held": 0,
            "erased": 0,
        }
    ]
    assert [
        (s.layout, s.delivered, s.loaded, s.held) for s in night.sources if s.source_system == "shop"
    ] == [
        ("shopify_customers", 0, 0, 0),
        ("shopify_orders", 30, 0, 29),
    ], "what a blocked source delivered is not loaded, and what was refused has no count"
    assert [(rule.rule, rule.records, rule.new_records) for rule in night.quarantine] == [
        ("field_count", 2, 1),
        ("total_is_money", 1, 1),
    ]
    assert [(check.expectation_id, check.failing_rows) for check in night.unmet_checks] == [
        ("email_is_known", 12)
    ], "an empty table's proportion is no verdict"


def test_silent_sources_are_named_with_their_last_day(published: Project) -> None:
    night = project_status(published, DUE).published
    assert night is not None
    assert [(silent.source_system, silent.last_delivery_on) for silent in night.silent_sources] == [
        ("shop", date(2026, 5, 3)),
        ("till", None),
    ]
    output = shown(published)[1]
    assert "shop: nothing came since 2026-05-03" in output
    assert "till: nothing came" not in output, "its warning says so already"
    assert "till: Nothing was ever delivered." in output


def test_a_source_whose_held_file_was_let_in_is_not_called_silent(published: Project) -> None:
    with Engine.open(published.published / "current" / "identified.duckdb") as engine:
        engine.execute("update validate.conservation set file_id = 'f9' where file_id = 'f4'")
        engine.execute("update validate.source_night set returned_records = 1 where source_system = 'crm'")
    output = shown(published)[1]
    assert "shop: 1 file that came before counts now (49 records), let in by a person" in output
    assert "shop: nothing came" not in output
    assert "crm: 1 record came out of quarantine, released or after a correction" in output


def test_activation_files_that_are_held_back_are_a_problem(published: Project) -> None:
    path = published.published / "current" / MANIFEST_NAME
    manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    held = manifest.model_copy(update={"activations_held_back": ["consent/p.csv: the file is damaged."]})
    path.write_text(held.model_dump_json(), encoding="utf-8")
    write_run_record(published, record(due_at=datetime.now(UTC) + timedelta(hours=1)))
    exit_code, output = shown(published)
    assert exit_code == 1
    assert "activation files are held back" in output.splitlines()[0]
    assert "consent/p.csv: the file is damaged." in output


def test_a_warned_source_is_told_and_is_no_problem(published: Project) -> None:
    status = project_status(published, DUE)
    assert status.published is not None
    assert [(state.source_system, state.state) for state in status.published.source_states] == [
        ("till", "warned")
    ]
    assert status.problems == []
    assert "till: Nothing was ever delivered." in shown(published)[1]


def test_a_blocked_source_is_a_problem_with_its_reason(published: Project) -> None:
    write_run_record(published, record(due_at=datetime.now(UTC) + timedelta(hours=1)))
    with Engine.open(published.published / "current" / "identified.duckdb") as engine:
        engine.execute(
            "insert into validate.source_night values"
            " ('2026-05-05', 'shop', 'blocked', 'shop/a.csv: the column [Id] is missing.', '2026-05-03', 0)"
        )
    exit_code, output = shown(published)
    assert exit_code == 1
    assert "source shop is blocked" in output.splitlines()[0]
    assert (
        "shop is blocked; the night holds its last good data, of 2026-05-03: shop/a.csv: the column [Id]"
        in output
    )
    exit_code, output = shown(published, "--json")
    assert exit_code == 1
    told = json.loads(output)
    assert told["problems"] == ["source shop is blocked"]
    assert told["published"]["source_states"][0]["reasons"] == "shop/a.csv: the column [Id] is missing."


def test_a_source_that_was_never_good_has_no_last_good_data(published: Project) -> None:
    with Engine.open(published.published / "current" / "identified.duckdb") as engine:
        engine.execute("update validate.source_night set state = 'blocked' where source_system = 'till'")
    assert "till is blocked; the night holds nothing of it yet: Nothing was ever" in shown(published)[1]


def test_long_lists_are_cut_and_say_so(published: Project) -> None:
    with Engine.open(published.published / "current" / "identified.duckdb") as engine:
        engine.execute(
            "insert into validate.quarantine select 'rule_' || i, '2026-05-05' from range(9) as r(i)"
        )
        engine.execute(
            "insert into validate.result select '2026-05-05', 't', 'rule_' || i, 'expect_x', 'warning', false, 9, 1"
            " from range(8) as r(i)"
        )
    output = shown(published)[1]
    assert "  and 3 more rules: cdp source quarantine list" in output
    assert "  and 1 more rule: quality.html of the night" in output


def test_files_of_one_folder_or_archive_are_one_line(published: Project) -> None:
    for number in range(12):
        (published.landing / "shop" / f"notes_{number:02}.txt").write_text("x", encoding="utf-8")
    lines = shown(published)[1].splitlines()
    folded = "  shop/notes_00.txt and 11 others beside it: unrecognised, no source's pattern takes it"
    assert [line for line in lines if "notes" in line] == [folded]


def test_segments_without_anybody_are_one_line(published: Project) -> None:
    with Engine.open(published.published / "current" / "identified.duckdb") as engine:
        engine.execute(
            "insert into segment.segment_size select 's' || i, '2026-05-05', 0 from range(3) as r(i)"
        )
    lines = [line.split() for line in shown(published)[1].splitlines()]
    assert ["nobody", "in", "3", "of", "5", "segments", "0"] in lines
    assert not any(line[:1] == ["s1"] for line in lines)


def test_segments_are_compared_with_the_night_before(published: Project) -> None:
    night = project_status(published, DUE).published
    assert night is not None
    assert [(s.segment, s.members, s.members_before) for s in night.segments] == [
        ("lapsed", 17, 20),
        ("new", 4, None),
    ]
    lines = [line.split() for line in shown(published)[1].splitlines()]
    assert ["lapsed", "17", "-3"] in lines
    assert ["new", "4", "new"] in lines


def test_packed_files_wait_until_what_they_hold_is_published(published: Project) -> None:
    shop = published.landing / "shop"
    text = b"Name,Total\n#1,9.90\n"
    (shop / "orders_1.csv").write_bytes(gzip.compress(text))
    (shop / "orders_2.csv").write_bytes(gzip.compress(text[:11]) + gzip.compress(text[11:]))
    with zipfile.ZipFile(shop / "orders_3.csv", "w") as archive:
        archive.writestr("orders.csv", text)
    names = ["shop/orders_1.csv", "shop/orders_2.csv", "shop/orders_3.csv"]
    assert project_status(published).landing.waiting == names
    held = ["shop/orders_1.csv", "shop/orders_2.csv", "shop/orders_3.csv!orders.csv"]
    with Engine.open(published.published / "current" / "identified.duckdb") as engine:
        for name in held:
            engine.execute(
                f"{DELIVERED} (?, ?, 'shop', '2026-05-05')",
                [name, len(text)],
            )
    assert project_status(published).landing.waiting == []
    (shop / "orders_1.csv").write_bytes(gzip.compress(text * 2))
    with zipfile.ZipFile(shop / "orders_3.csv", "a") as archive:
        archive.writestr("orders_2.csv", text)
    assert project_status(published).landing.waiting == ["shop/orders_1.csv", "shop/orders_3.csv"]


def test_published_files_wait_no_more_and_changed_ones_do(published: Project) -> None:
    (published.landing / "crm").mkdir()
    (published.landing / "crm" / "contacts.csv").write_text("same", encoding="utf-8")
    assert project_status(published).landing.waiting == []
    (published.landing / "crm" / "contacts.csv").write_text("longer", encoding="utf-8")
    assert project_status(published).landing.waiting == ["crm/contacts.csv"]


def test_monitoring_gets_json_and_an_exit_status(published: Project) -> None:
    in_time = datetime.now(UTC) + timedelta(hours=1)
    write_run_record(published, record(due_at=in_time))
    exit_code, output = shown(published, "--json")
    assert exit_code == 0
    told = json.loads(output)["published"]
    assert told["business_date"] == "2026-05-05"
    assert told["sources"][0]["source_system"] == "crm"
    assert told["silent_sources"][1] == {"source_system": "till", "title": "Tills", "last_delivery_on": None}
    write_run_record(published, record(Outcome.FAILED, due_at=in_time, failure="the disk is full"))
    exit_code, output = shown(published, "--json")
    assert exit_code == 1
    assert json.loads(output)["problems"] == ["the last run failed"]
