"""Whether a night may be run, and whether what it built may be published."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConfigError, NightError
from cdp_pipeline.extract.tables import NIGHT
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.readiness import (
    check_date_moves_forward,
    check_nothing_is_lost,
    check_rows_are_kept,
    check_something_came,
    check_tables_belong_together,
    check_working_file,
)
from cdp_pipeline.publish.manifest import MANIFEST_NAME, Manifest, ManifestFile
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline.sql_project import ModelGraph, build_model
from cdp_pipeline.sql_project.model import Model, fingerprint_of
from cdp_pipeline.stages import Stage

TODAY = date(2026, 5, 4)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        yield engine


def test_a_night_does_not_begin_with_a_model_that_cannot_be_read(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "config" / "linkage").mkdir(parents=True)
    (tmp_path / "config" / "linkage" / "model.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"model\.json: the linkage model cannot be read \(KeyError"):
        check_working_file(engine, load_project(tmp_path), TODAY)


def night_table(version: str = "1") -> ModelGraph:
    def build(night: Night) -> None:
        night.engine.replace_table(
            "extract.night",
            "select cast(? as date) as business_date, cast(? as varchar) as run_id",
            [night.business_date, night.run_id],
        )

    return ModelGraph(
        (Model(Stage.EXTRACT, NIGHT, (), Path("project.yml"), fingerprint_of(version), python=build),)
    )


def build_night(engine: Engine, project: Project, run_id: str = "a") -> Night:
    night = Night(engine, project, TODAY, run_id)
    for model in night_table():
        build_model(night, model)
    return night


def test_a_night_that_has_not_come_yet_is_refused(project: Project) -> None:
    with pytest.raises(NightError, match="lies in the future"):
        check_date_moves_forward(project, datetime.now(UTC).date() + timedelta(days=2))


def test_the_working_file_never_goes_back(engine: Engine, project: Project) -> None:
    build_night(engine, project)
    check_working_file(engine, project, TODAY)
    with pytest.raises(NightError, match="2026-05-03 lies before the night of 2026-05-04"):
        check_working_file(engine, project, TODAY - timedelta(days=1))


def test_another_key_is_refused(engine: Engine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    check_working_file(engine, project, TODAY)
    monkeypatch.setenv("CDP_PROJECT_KEY", "another key of sufficient length")
    with pytest.raises(NightError, match="made with another key than CDP_PROJECT_KEY"):
        check_working_file(engine, project, TODAY)


def test_a_source_is_given_up_only_on_purpose(engine: Engine, project: Project) -> None:
    engine.execute("create table extract.file as select 'old_shop' as source_system")
    with pytest.raises(NightError, match=r"old_shop has delivered records.*retired_sources"):
        check_working_file(engine, project, TODAY)
    settings = project.settings.model_copy(update={"retired_sources": ["old_shop"]})
    check_working_file(engine, dataclasses.replace(project, settings=settings), TODAY)


def test_a_night_without_a_record_is_not_published(engine: Engine) -> None:
    engine.execute("create table validate.conservation (loaded_records bigint, state varchar)")
    engine.execute(
        "create table validate.source_night (business_date date, source_system varchar, state varchar, reasons varchar)"
    )
    with pytest.raises(NightError, match="no source has delivered a record"):
        check_something_came(engine)
    engine.execute("insert into validate.conservation values (1, 'accepted')")
    check_something_came(engine)


def test_a_night_of_which_every_source_is_blocked_says_why_nothing_is_published(engine: Engine) -> None:
    engine.execute("create table validate.conservation as select 1 as loaded_records, 'held' as state")
    engine.execute(
        "create table validate.source_night as select date '2026-05-04' as business_date,"
        " 'shop' as source_system, 'blocked' as state, 'orders.csv: no such column.' as reasons"
    )
    with pytest.raises(
        NightError, match=r"every source that delivered is blocked.*\nshop: orders\.csv: no such"
    ):
        check_something_came(engine)


LEDGER = """
create table extract.file as select * from (values
    ('f1', 'shop', 'orders', 'a.csv', timestamp '2026-05-04 01:00', cast(null as date), cast(null as date)),
    ('f2', 'shop', 'orders', 'b.csv', timestamp '2026-05-04 01:00', null, null)
) as f(file_id, source_system, layout, path, loaded_at, superseded_on, dropped_on);
create table validate.judged_file as select file_id, loaded_at from extract.file;
create table validate.accepted_file as select 'f1' as file_id;
create table validate.conservation as select 'a.csv' as path, 'f1' as file_id, 'accepted' as state,
    3 as physical_records, 1 as loaded_records, 1 as quarantined_records, 1 as blank_records,
    0 as erased_records
"""


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """Two files, of which the first counts."""
    for statement in LEDGER.split(";"):
        engine.execute(statement)
    return engine


def test_files_that_add_up_may_be_published(ledger: Engine) -> None:
    check_nothing_is_lost(ledger)


def test_a_file_that_counts_and_lacks_a_record_is_not_published(ledger: Engine) -> None:
    ledger.execute("update validate.conservation set loaded_records = 0")
    with pytest.raises(
        NightError, match=r"a\.csv: 3 records delivered, but 0 loaded \+ 1 quarantined \+ 1 blank"
    ):
        check_nothing_is_lost(ledger)
    ledger.execute("update validate.conservation set state = 'held'")
    check_nothing_is_lost(ledger)


@pytest.mark.parametrize(
    "change",
    [
        "update extract.file set loaded_at = timestamp '2026-05-05 01:00'",
        "update extract.file set loaded_at = null",
        "delete from extract.file where file_id = 'f1'",
    ],
    ids=["read anew and not judged since", "read anew and refused", "gone from the ledger"],
)
def test_a_file_that_counts_is_published_as_it_was_judged(ledger: Engine, change: str) -> None:
    ledger.execute(change)
    with pytest.raises(NightError, match=r"counts with this file, but it was read anew"):
        check_nothing_is_lost(ledger)


@pytest.mark.parametrize("mark", ["superseded_on", "dropped_on"])
def test_a_file_that_counts_no_longer_may_be_read_anew(ledger: Engine, mark: str) -> None:
    ledger.execute(
        f"update extract.file set loaded_at = timestamp '2026-05-05 01:00', {mark} = date '2026-05-05'"
    )
    check_nothing_is_lost(ledger)


def profiles(engine: Engine, project: Project, rows: int, before: int) -> tuple[Night, ModelGraph]:
    """A night with so many golden profiles, after a published one with so many."""
    folder = project.published / "2026-05-03-run1"
    folder.mkdir(parents=True)
    tables = {"golden.golden_profile": before, "golden.undecided_record": 1_000}
    manifest = Manifest(
        project="p", business_date=date(2026, 5, 3), run_id="run1", published_at=datetime.now(UTC),
        project_fingerprint="x", inputs=[],
        files=[ManifestFile(path="identified.duckdb", size_bytes=1, sha256="x", rows=tables)],
    )  # fmt: skip
    (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(), encoding="utf-8")
    point_current_to(folder)
    names = {
        name.partition(".")[2]: count for name, count in {**tables, "golden.golden_profile": rows}.items()
    }
    models = []
    for name, count in names.items():
        shown = 0 if name == "undecided_record" else count
        engine.execute(f"create table golden.{name} as select range as customer_id from range({shown})")
        contract = NIGHT.model_copy(update={"model": name})
        models.append(Model(Stage.GOLDEN, contract, (), Path("a.sql"), "x", sql="select 1"))
    return Night(engine, project, TODAY, "a"), ModelGraph(tuple(models))


@pytest.mark.parametrize(
    ("before", "rows", "is_published"),
    [(1000, 800, True), (1000, 799, False), (20, 11, True), (20, 10, False), (10, 500, True)],
    ids=["a fifth fewer", "more than a fifth", "nine rows say nothing", "ten do", "more rows"],
)
def test_a_table_that_shrank_much_is_not_published(
    engine: Engine, project: Project, before: int, rows: int, is_published: bool
) -> None:
    night, graph = profiles(engine, project, rows, before)
    if is_published:
        check_rows_are_kept(night, graph)
        return
    with pytest.raises(
        NightError, match=rf"golden_profile has {rows} rows, .* has {before:,}.*--accept-fewer-rows"
    ):
        check_rows_are_kept(night, graph)
    check_rows_are_kept(dataclasses.replace(night, accepts_fewer_rows=True), graph)


def test_tables_of_one_run_and_project_may_be_published(engine: Engine, project: Project) -> None:
    night = build_night(engine, project)
    assert check_tables_belong_together(night, night_table())


def test_tables_of_several_runs_are_told_apart(engine: Engine, project: Project) -> None:
    build_night(engine, project, run_id="a")
    assert not check_tables_belong_together(Night(engine, project, TODAY, "b"), night_table())


def test_tables_of_another_date_are_never_published_as_this_night(engine: Engine, project: Project) -> None:
    build_night(engine, project)
    tomorrow = Night(engine, project, TODAY + timedelta(days=1), "a")
    with pytest.raises(NightError, match="built for 2026-05-04, not for 2026-05-05"):
        check_tables_belong_together(tomorrow, night_table())


def test_tables_of_an_older_model_are_never_published(engine: Engine, project: Project) -> None:
    night = build_night(engine, project)
    with pytest.raises(NightError, match=r"extract\.night was built by another version of project\.yml"):
        check_tables_belong_together(night, night_table(version="2"))
