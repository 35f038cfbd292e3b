"""`cdp source quarantine` and `cdp source release` over a published night."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_pipeline.cli import app
from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.audit import list_events
from cdp_pipeline.control.releases import Released, decide_release, releases_in_force
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.decisions import read_releases
from cdp_pipeline.nightly.fingerprint import project_fingerprint, published_unchanged
from cdp_pipeline.nightly.releasing import why_never
from cdp_pipeline.nightly.run_record import Outcome, RunRecord, write_run_record
from cdp_pipeline.publish.manifest import MANIFEST_NAME, Manifest
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline.stages import Stage

RULES = load_project(Path(__file__).parent).layouts["loyalty_members"]
STRICT = ExpectationSpec(
    type="expect_column_values_to_match_regex", kwargs={"column": "city", "regex": "^[A-Z]"}
)
MEMBERS = "till/members.csv"
TABLES = f"""
create schema extract; create schema validate;
create table extract.file as select * from (values
    ('f1', 'till', 'loyalty_members', '{MEMBERS}'), ('f2', 'till', 'loyalty_members', 'till/new.csv')
) as f(file_id, source_system, layout, path);
create table validate.accepted_file as select 'f1' as file_id;
create table validate.conservation as select file_id, source_system, path,
    if(file_id = 'f1', 'accepted', 'held') as state, 'rules of ' || layout as judged_by from extract.file;
create table validate.quarantine as select * from (values
    ('till', 'loyalty_members', 'f1', '{MEMBERS}', 2, '{STRICT.expectation_id}', '{STRICT.demand_hash}',
        'Cities begin so.', '{{"c":"bonn"}}',
        date '2026-05-04'),
    ('till', 'loyalty_members', 'f1', '{MEMBERS}', 3, '{STRICT.expectation_id}', '{STRICT.demand_hash}',
        'Cities begin so.', '{{"c":"ulm"}}',
        date '2026-05-05'),
    ('till', 'loyalty_members', 'f1', '{MEMBERS}', 4, 'field_count', null, 'Two fields too many.', '7,Ann Example,x,y',
        date '2026-05-04'),
    ('till', 'loyalty_members', 'f1', '{MEMBERS}', 5, 'member_no_is_missing', 'h5', null, '{{}}', date '2026-05-04')
) as q(source_system, layout, file_id, path, line, rule, judged_by, why, raw_record, business_date)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose published night keeps four members out and holds a file."""
    monkeypatch.setenv("COLUMNS", "250")
    project = load_project(tmp_path)
    project.landing.mkdir(parents=True)
    folder = project.published / "2026-05-05-run1"
    folder.mkdir(parents=True)
    with Engine.open(folder / "identified.duckdb") as engine:
        for statement in TABLES.split(";"):
            engine.execute(statement)
    manifest = Manifest(
        project="p", business_date=date(2026, 5, 5), run_id="run1", published_at=datetime.now(UTC),
        project_fingerprint=project_fingerprint(project), inputs=[], files=[],
    )  # fmt: skip
    (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(), encoding="utf-8")
    point_current_to(folder)
    strict = RULES.model_copy(update={"expectations": [*RULES.expectations, STRICT]})
    loaded = dataclasses.replace(project, layouts={**project.layouts, "loyalty_members": strict})
    monkeypatch.setattr("cdp_pipeline.cli.quarantine.load_existing", lambda _root: loaded)
    return loaded


def source(project: Project, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["source", *words, "--project", str(project.root)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, " ".join(result.output.split())


def test_the_list_counts_and_names_records_without_their_values(project: Project) -> None:
    exit_code, output = source(project, "quarantine", "list")
    assert exit_code == 0
    assert f"till loyalty_members {STRICT.expectation_id} {MEMBERS} 2" in output
    assert f"{MEMBERS} 3 2026-05-05 city_has_wrong_form" in output
    assert f"{MEMBERS} 4 2026-05-04 field_count" in output
    assert output.count("city_has_wrong_form: Cities begin so.") == 1, "a reason is given once"
    assert "field_count: Two fields too many." in output
    assert not any(value in output for value in ("bonn", "ulm", "Ann"))


def test_lines_that_one_rule_keeps_out_are_one_row_and_every_source_has_its_share(project: Project) -> None:
    with Engine.open(project.published / "current" / "identified.duckdb") as engine:
        engine.execute(
            "insert into validate.quarantine (source_system, layout, file_id, path, line, rule, business_date)"
            " select 'crm', 'people', 'g', 'crm/a.csv', line, 'email_is_missing', date '2026-05-05'"
            " from range(2, 31) as r(line)"
            " union all select 'crm', 'people', 'h' || i, 'crm/b' || i || '.csv', 2 * j, 'x_is_missing', '2026-05-05'"
            " from range(30) as r(i), range(1, 13) as s(j)"
        )
    output = source(project, "quarantine", "list")[1]
    assert "crm/a.csv 2-30 2026-05-05 email_is_missing" in output
    assert "crm/b0.csv 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and 2 more 2026-05-05 x_is_missing" in output
    assert f"{MEMBERS} 2 2026-05-04 city_has_wrong_form" in output, "another source is not crowded out"
    assert "and 15 more; see --limit" in output


def test_the_list_is_narrowed_down_and_cut_off(project: Project) -> None:
    nothing = "Night 2026-05-05, as published. Nothing is in quarantine, as far as you asked."
    assert source(project, "quarantine", "list", "--source", "ads")[1] == nothing
    assert STRICT.expectation_id not in source(project, "quarantine", "list", "--rule", "field_count")[1]
    on_the_fifth = source(project, "quarantine", "list", "--business-date", "2026-05-05")[1]
    assert f"{MEMBERS} 3 " in on_the_fifth
    assert f"{MEMBERS} 2 " not in on_the_fifth
    assert "and 3 more; see --limit" in source(project, "quarantine", "list", "--limit", "1")[1]


def test_a_look_at_a_record_shows_it_and_goes_on_record_without_it(project: Project) -> None:
    exit_code, output = source(project, "quarantine", "show", MEMBERS, "4")
    assert exit_code == 0
    assert output == f"{MEMBERS} line 4: field_count Two fields too many. 7,Ann Example,x,y"
    [event] = list_events(project)
    assert (event.action, event.subject) == ("quarantine shown", "f1 line 4")


@pytest.mark.parametrize("name", [MEMBERS, "f1"], ids=["by its name", "by its id"])
def test_a_released_record_is_in_force_and_can_be_taken_back(project: Project, name: str) -> None:
    exit_code, output = source(project, "quarantine", "release", name, "2", "--reason", "checked")
    assert exit_code == 0
    command = f"cdp run --project {project.root}"
    assert output == f"Decision 1: 1 record let in. It takes effect with the next night: {command}."
    assert releases_in_force(project).to_pylist() == [
        {
            "decision_id": 1,
            "file_id": "f1",
            "line": 2,
            "rule": STRICT.expectation_id,
            "judged_by": STRICT.demand_hash,
        }
    ]
    assert "checked stands" in source(project, "quarantine", "decisions")[1]
    assert source(project, "quarantine", "undo", "1")[0] == 0
    assert releases_in_force(project).num_rows == 0
    assert "taken back" in source(project, "quarantine", "decisions")[1]


def test_what_is_let_in_already_is_not_decided_again(project: Project) -> None:
    one = ("quarantine", "release", MEMBERS, "2", "--reason", "checked")
    source(project, *one)
    exit_code, output = source(project, *one)
    assert (exit_code, output) == (0, "The record is let in already, by decision 1. Nothing was changed.")
    words = ("quarantine", "release", "--rule", STRICT.expectation_id, "--source", "till", "--reason", "x")
    assert source(project, *words)[1].startswith("Decision 2: 1 record let in. 1 let in before.")
    assert "All 2 records are let in already, by decision 2." in source(project, *words)[1]
    assert releases_in_force(project)["line"].to_pylist() == [2, 3]
    held = ("release", "till", "--reason", "a bulk import")
    source(project, *held)
    assert "The file is let in already, by decision 3. Nothing was changed." in source(project, *held)[1]
    assert releases_in_force(project).num_rows == 3


def test_a_record_that_has_left_quarantine_is_known_to_be_let_in(project: Project) -> None:
    one = ("quarantine", "release", MEMBERS, "2", "--reason", "checked")
    source(project, *one)
    published_tables(project, "delete from validate.quarantine where line = 2")
    assert source(project, *one) == (
        0,
        "The record is let in already, by decision 1. Nothing was changed.",
    )
    source(project, "quarantine", "undo", "1")
    assert "not in quarantine" in source(project, *one)[1]


def test_all_that_a_rule_keeps_out_is_released_at_once(project: Project) -> None:
    words = ("--rule", STRICT.expectation_id, "--source", "till", "--reason", "too strict")
    assert "Decision 1: 2 records let in" in source(project, "quarantine", "release", *words)[1]
    assert releases_in_force(project)["line"].to_pylist() == [2, 3]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (4, "the line could not be read, so there is nothing to let in"),
        (5, "a record without its key cannot be told from others"),
    ],
)
def test_what_cannot_be_used_is_never_released(project: Project, line: int, said: str) -> None:
    exit_code, output = source(project, "quarantine", "release", MEMBERS, str(line), "--reason", "checked")
    assert exit_code == 1
    assert said in output
    assert releases_in_force(project).num_rows == 0


def published_tables(project: Project, *statements: str) -> None:
    with Engine.open(project.published / "current" / "identified.duckdb") as engine:
        for statement in statements:
            engine.execute(statement)


def test_a_record_without_any_key_is_told_as_such(project: Project) -> None:
    published_tables(project, "update validate.quarantine set rule = 'empty_key' where line = 2")
    output = source(project, "quarantine", "release", MEMBERS, "2", "--reason", "checked")[1]
    assert "empty_key: a record without its key cannot be told from others" in output
    assert "could not be read" not in output


def test_consent_is_never_let_in(project: Project) -> None:
    layout = project.layouts["consent_preferences"]
    rules = [spec.expectation_id for spec in layout.gate if spec.expectation_id.endswith("_is_unknown")]
    assert len(rules) == 3
    for rule in rules:
        assert "Consent is never guessed" in str(why_never(layout, rule))


def test_a_rule_of_several_layouts_is_released_where_it_may_be(project: Project) -> None:
    strict = project.layouts["loyalty_members"]
    carrying = strict.model_copy(update={"layout": "club_consents", "carries_consent": True})
    project.layouts["club_consents"] = carrying  # type: ignore[index]
    published_tables(
        project,
        "insert into validate.quarantine select * replace ('f7' as file_id, 'club_consents' as layout)"
        " from validate.quarantine where line = 2",
    )
    words = ("--rule", STRICT.expectation_id, "--source", "till", "--reason", "too strict")
    exit_code, output = source(project, "quarantine", "release", *words)
    assert exit_code == 1
    assert "till, layout club_consents: " in output
    assert "--layout club_consents or loyalty_members" in output
    named = source(project, "quarantine", "release", *words, "--layout", "loyalty_members")[1]
    assert "Decision 1: 2 records let in" in named
    assert set(releases_in_force(project)["file_id"].to_pylist()) == {"f1"}


def failed_night(project: Project) -> None:
    """After the published night another one failed, and its working file keeps one more record out."""
    project.warehouse.mkdir(parents=True)
    with Engine.open(project.working_file) as engine:
        for statement in TABLES.split(";"):
            engine.execute(statement)
        engine.execute("update validate.conservation set state = 'accepted'")
        engine.execute("insert into validate.accepted_file values ('f2')")
        engine.execute("update validate.quarantine set path = 'till/newer.csv'")
        engine.execute("create table extract.night as select date '2026-05-06' as business_date")
    started = datetime.now(UTC) + timedelta(minutes=1)
    write_run_record(
        project,
        RunRecord(
            run_id="r", business_date=date(2026, 5, 6), is_whole_night=True, process=os.getpid(),
            started_at=started, ended_at=started, outcome=Outcome.FAILED,
        ),
    )  # fmt: skip


def test_after_a_night_that_failed_its_own_records_are_shown(project: Project) -> None:
    failed_night(project)
    output = source(project, "quarantine", "list")[1]
    assert output.startswith("Night 2026-05-06, which is not published.")
    assert "till/newer.csv" in output
    holder = {"process": os.getpid(), "since": "2026-05-06T08:00:00+00:00"}
    (project.warehouse / "writer.json").write_text(json.dumps(holder), encoding="utf-8")
    assert source(project, "quarantine", "list")[1].startswith("Night 2026-05-05, as published.")


def test_a_decision_can_be_taken_back_until_its_files_are_published(project: Project) -> None:
    source(project, "release", "till", "--reason", "a bulk import")
    failed_night(project)
    assert source(project, "quarantine", "undo", "1")[0] == 0
    assert releases_in_force(project).num_rows == 0


def test_a_value_of_the_wrong_type_is_corrected_in_the_mapping(project: Project) -> None:
    layout = project.layouts["loyalty_members"]
    [rule, *_] = [spec.expectation_id for n, c in layout.columns.items() if (spec := c.type_expectation(n))]
    assert "Correct `formats` or `type` in config/layouts/loyalty_members.yml" in str(why_never(layout, rule))


def test_held_files_are_let_in_until_they_count(project: Project) -> None:
    exit_code, output = source(project, "release", "till", "--reason", "a bulk import")
    assert exit_code == 0
    assert output.startswith("till/new.csv Decision 1: 1 file let in.")
    assert releases_in_force(project).to_pylist() == [
        {
            "decision_id": 1,
            "file_id": "f2",
            "line": None,
            "rule": None,
            "judged_by": "rules of loyalty_members",
        }
    ]
    with Engine.open(project.published / "current" / "identified.duckdb") as engine:
        engine.execute("insert into validate.accepted_file values ('f2')")
    published_by(project, [1])
    assert "till/new.csv in, which counts by now" in source(project, "quarantine", "undo", "1")[1]
    (project.published / "2026-05-04-run0").mkdir()
    point_current_to(project.published / "2026-05-04-run0")
    exit_code, output = source(project, "quarantine", "undo", "1")
    assert exit_code == 1
    assert "till/new.csv in, which counts by now" in output, "although its night was rolled back"


def published_by(project: Project, decisions: list[int]) -> None:
    """The published night went by these decisions."""
    path = project.published / "current" / MANIFEST_NAME
    manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    path.write_text(manifest.model_copy(update={"decisions": decisions}).model_dump_json(), encoding="utf-8")


def test_a_decision_that_no_published_night_went_by_can_be_taken_back(project: Project) -> None:
    """Its file counts all the same, by the rules of before."""
    published_tables(
        project, "update validate.conservation set state = 'accepted_by_old_rules' where file_id = 'f1'"
    )
    source(project, "release", "till", "--reason", "by mistake")
    assert set(releases_in_force(project)["file_id"].to_pylist()) == {"f1", "f2"}
    assert source(project, "quarantine", "undo", "1")[0] == 0
    assert releases_in_force(project).num_rows == 0


def test_what_was_let_in_is_decided_again_once_its_rules_have_changed(project: Project) -> None:
    one = ("quarantine", "release", MEMBERS, "2", "--reason", "checked")
    for words in (one, ("release", "till", "--reason", "checked")):
        source(project, *words)
    published_tables(
        project,
        "update validate.quarantine set judged_by = 'another demand' where line = 2",
        "update validate.conservation set judged_by = 'other rules'",
    )
    assert source(project, *one)[1].startswith("Decision 3: 1 record let in.")
    assert "Decision 4: 1 file let in." in source(project, "release", "till", "--reason", "checked")[1]


def test_mistakes_are_answered_with_the_way_on(project: Project) -> None:
    assert "not in quarantine" in source(project, "quarantine", "show", MEMBERS, "1")[1]
    unknown = ("--rule", "nope", "--source", "till", "--reason", "x")
    assert "keeps no record of till out" in source(project, "quarantine", "release", *unknown)[1]
    neither = source(project, "quarantine", "release", MEMBERS, "--reason", "x")[1]
    assert "either FILE and LINE, or --rule and --source" in neither
    assert "no file of shop is held back" in source(project, "release", "shop", "--reason", "x")[1]
    assert "decision 7 does not exist" in source(project, "quarantine", "undo", "7")[1]


def test_a_file_whose_name_came_twice_is_named_by_its_id(project: Project) -> None:
    with Engine.open(project.published / "current" / "identified.duckdb") as engine:
        engine.execute(
            "insert into validate.quarantine select * replace ('f9' as file_id) from validate.quarantine"
        )
    assert "Name one by its id: f1, f9." in source(project, "quarantine", "show", MEMBERS, "2")[1]
    assert "bonn" in source(project, "quarantine", "show", "f9", "2")[1]


def test_a_project_without_a_night_says_so(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    exit_code, output = source(load_project(tmp_path), "quarantine", "list")
    assert exit_code == 1
    assert "no night was run yet" in output


def test_where_nothing_is_published_the_working_file_answers(project: Project) -> None:
    project.warehouse.mkdir(parents=True)
    (project.published / "current" / "identified.duckdb").rename(project.working_file)
    (project.published / "current").unlink()
    assert MEMBERS in source(project, "quarantine", "list")[1]
    holder = {"process": os.getpid(), "since": "2026-05-06T08:00:00+00:00"}
    (project.warehouse / "writer.json").write_text(json.dumps(holder), encoding="utf-8")
    assert "a night is running. Wait for it to end" in source(project, "quarantine", "list")[1]


def test_a_night_goes_by_the_decisions_that_stood_when_it_began(project: Project) -> None:
    decide_release(project, "shop", "1 record", "checked", [Released("f1", 7, "r"), Released("f2")])
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        for _ in range(2):
            read_releases(Night(engine, project, date(2026, 5, 6), "r"))
        assert engine.fetch_all("from validate.release order by all") == [
            (1, "f1", 7, "r", None),
            (1, "f2", None, None, None),
        ]


def test_a_night_with_a_blocked_source_may_always_run_again(project: Project) -> None:
    assert published_unchanged(project, date(2026, 5, 5))
    path = project.published / "current" / MANIFEST_NAME
    manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    blocked = manifest.model_copy(update={"blocked_sources": {"till": "till/a.csv: no such column."}})
    path.write_text(blocked.model_dump_json(), encoding="utf-8")
    assert not published_unchanged(project, date(2026, 5, 5)), "what blocks it may have been taken away"


def test_a_night_with_other_decisions_is_not_the_same_night(project: Project) -> None:
    assert published_unchanged(project, date(2026, 5, 5))
    decide_release(project, "shop", "1 record", "checked", [Released("f1", 7, "r")])
    assert not published_unchanged(project, date(2026, 5, 5))
