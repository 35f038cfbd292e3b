"""The how-to pages do what they say, on a copy of two published nights."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cdp_pipeline.activate.files import write_activation_files
from cdp_pipeline.contracts.project import SHIPPED_CONFIG, Project
from cdp_pipeline.engine import Engine, open_working_file
from cdp_pipeline.errors import NightError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import build_and_judge, load_graph, refuse_broken
from cdp_pipeline.nightly.readiness import check_working_file
from cdp_pipeline.privacy import verify_consent
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.sample_project import KEY, NIGHTS, open_project
from cdp_pipeline_tests.unit.docs.pages import DOCS, blocks_of, files_of
from cdp_pipeline_tests.unit.docs.test_recipes import add_trait

pytestmark = pytest.mark.slow


@pytest.fixture
def copied(nights: PublishedNights, tmp_path: Path) -> Path:
    """The folder of a project after two nights, to be changed."""
    shutil.copytree(nights.project.root / "data", tmp_path / "project" / "data", symlinks=True)
    return tmp_path / "project"


@contextmanager
def rebuilt(root: Path, *wanted: str) -> Iterator[Night]:
    """The second night with some stages or tables built and judged again, as `cdp run --from` would."""
    project = open_project(root, 2)
    graph = load_graph(project)
    with open_working_file(project) as engine:
        night = Night(engine, project, NIGHTS[2], "again")
        for table in graph.tables:
            if {table.stage, table.full_name} & {*wanted}:
                refuse_broken(table, build_and_judge(night, graph, table))
        yield night


def test_a_new_trait_serves_a_segment(copied: Path) -> None:
    files_of("how-to/add-a-trait.md", copied)
    add_trait(copied, "return_summary")
    with rebuilt(copied, "segment.return_summary", "segment.segment_member") as night:
        members = night.engine.fetch_column(
            "select customer_id from segment.segment_member"
            " where segment = 'frequent_returners' and left_on is null order by 1"
        )
        expected = night.engine.fetch_column(
            "select customer_id from golden.customer_purchase where status not in ('cancelled', 'pending')"
            " group by customer_id"
            " having count(*) filter (status = 'refund' or refunded_amount > 0)"
            "   >= greatest(1, 0.25 * count(*) filter (status <> 'refund'))"
            " and count(*) filter (status <> 'refund') > 0 order by 1"
        )
        counted = night.engine.fetch_value("select sum(returned_purchases) from segment.return_summary")
        returned = night.engine.fetch_value(
            "select count(*) from golden.customer_purchase where status not in ('cancelled', 'pending')"
            " and (status = 'refund' or refunded_amount > 0)"
        )
    assert members == expected
    assert members
    assert counted == returned


def test_a_new_destination_gets_a_file_in_its_own_form(copied: Path, tmp_path: Path) -> None:
    files_of("how-to/add-a-destination.md", copied)
    (tmp_path / "files").mkdir()
    with rebuilt(copied, Stage.ACTIVATE) as night:
        verify_consent(night.engine)
        written = {file.activation: file for file in write_activation_files(night, tmp_path / "files")}
        sent = night.engine.fetch_column(
            "select sent_value from activate.activation_row where activation = 'letter_new_buyers' order by 1"
        )
    letter = tmp_path / "files" / "new_buyers-letter_shop-2026-05-05.csv"
    text = letter.read_bytes().decode()
    header, *people = csv.reader(text.splitlines(), delimiter=";")
    assert header == ["E-Mail", "Vorname", "Nachname", "Sprache"]
    assert sorted(person[0] for person in people) == sent
    assert people
    assert text.count("\r\n") == len(people) + 1
    assert written["mailchimp_repeat_buyers"].rows > 0


def test_another_source_priority_changes_winners(copied: Path) -> None:
    [priority, *_] = [
        b.text for b in blocks_of(DOCS / "how-to" / "change-survivorship.md") if b.language == "yaml"
    ]
    shipped = (SHIPPED_CONFIG / "survivorship.yml").read_text(encoding="utf-8")
    [line] = [line for line in shipped.splitlines() if line.startswith("source_priority:")]
    by_trust = shipped.replace("rules: [most_complete, most_recent, ", "rules: [")  # trust decides first
    with rebuilt(with_survivorship(copied, by_trust), "golden.profile_value") as night:
        before = winners(night)
    with rebuilt(
        with_survivorship(copied, by_trust.replace(line, priority.strip())), "golden.profile_value"
    ) as night:
        after = winners(night)
    assert after["shop"] > before["shop"]
    assert after["crm"] < before["crm"]


def with_survivorship(root: Path, text: str) -> Path:
    (root / "config").mkdir(exist_ok=True)
    (root / "config" / "survivorship.yml").write_text(text, encoding="utf-8")
    return root


def winners(night: Night) -> dict[str, int]:
    """How many given names each source won by trust."""
    return dict(
        night.engine.fetch_all(
            "select source_system, count(*) from golden.profile_value where column_name = 'given_name'"
            " and is_survivor and decided_by = 'source_priority' group by all"
        )
    )


def start_script(name: str, *arguments: Path, project: Path) -> subprocess.Popen[str]:
    [script] = [b.text for b in blocks_of(DOCS / "how-to" / "back-up.md") if b.title == name]
    return subprocess.Popen(
        ["bash", "-c", script, name, *map(str, arguments)],
        env={**os.environ, "CDP_PROJECT": str(project)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run_script(name: str, *arguments: Path, project: Path) -> str:
    script = start_script(name, *arguments, project=project)
    output, _ = script.communicate(timeout=60)
    assert script.returncode == 0
    return output.strip()


def test_a_project_comes_back_from_its_backup(copied: Path, tmp_path: Path) -> None:
    folder = run_script("back-up.sh", tmp_path / "backups", project=copied)
    restored = tmp_path / "restored"
    restored.mkdir()
    run_script("restore.sh", Path(folder), project=restored)
    assert customer_ids(restored) == customer_ids(copied)
    mine, theirs = (
        current_night(restored / "data" / "published"),
        current_night(copied / "data" / "published"),
    )
    assert mine
    assert theirs
    assert mine.name == theirs.name
    assert mine.is_relative_to(restored)
    assert (Path(folder).stat().st_mode & 0o077) == 0


def test_a_backup_waits_for_the_night_that_is_writing(copied: Path, tmp_path: Path) -> None:
    with open_working_file(open_project(copied, 2)):
        script = start_script("back-up.sh", tmp_path / "backups", project=copied)
        with pytest.raises(subprocess.TimeoutExpired):
            script.wait(1)
        assert not list((tmp_path / "backups").rglob("work.duckdb"))
    folder, _ = script.communicate(timeout=60)
    assert (Path(folder.strip()) / "work.duckdb").is_file()


def test_a_restored_project_refuses_another_key(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project: Project = open_project(copied, 2)
    monkeypatch.setenv("CDP_PROJECT_KEY", f"not-{KEY}")
    with open_working_file(project) as engine, pytest.raises(NightError, match="another key"):
        check_working_file(engine, project, NIGHTS[2])


def customer_ids(root: Path) -> list[str]:
    with Engine.open(root / "data" / "warehouse" / "work.duckdb", read_only=True) as engine:
        return engine.fetch_column("select distinct customer_id from link.customer_source_record order by 1")
