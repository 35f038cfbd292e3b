"""What counts as a change of the project: whatever decides a night's result, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG, load_project
from cdp_pipeline.nightly.fingerprint import landing_inputs, project_fingerprint
from cdp_pipeline_tests.sample_project import SAMPLES


def fingerprint(root: Path) -> str:
    return project_fingerprint(load_project(root))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED_CONFIG / "segments", tmp_path / "config" / "segments")
    (tmp_path / "dbt_like_sql" / "golden").mkdir(parents=True)
    return tmp_path


def test_an_equal_project_elsewhere_has_an_equal_fingerprint(root: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(root / "config", tmp_path / "copy" / "config").parent
    (copy / "dbt_like_sql").mkdir()
    assert fingerprint(copy) == fingerprint(root)


def test_what_is_no_configuration_sql_or_code_does_not_count(root: Path) -> None:
    before = fingerprint(root)
    (root / "config" / "notes.txt").write_text("remember the milk", encoding="utf-8")
    (root / "data").mkdir()
    (root / "data" / "export.csv").write_text("a\n1\n", encoding="utf-8")
    assert fingerprint(root) == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config/segments/new_buyers.yml", "# a comment\n"),
        ("dbt_like_sql/golden/seed.csv", "a\n1\n"),
        ("dbt_like_sql/macros/common/own.sql", "{% macro own() %}1{% endmacro %}\n"),
    ],
)
def test_every_file_that_decides_the_result_counts(root: Path, name: str, content: str) -> None:
    project = load_project(root)
    before = project_fingerprint(project)
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(content)
    assert project_fingerprint(project) != before


def test_a_renamed_file_counts(root: Path) -> None:
    project = load_project(root)
    before = project_fingerprint(project)
    (root / "config/segments/new_buyers.yml").rename(root / "config/segments/first_buyers.yml")
    assert project_fingerprint(project) != before


def test_another_key_counts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(root)
    monkeypatch.setenv("CDP_PROJECT_KEY", "another-key-of-sufficient-length")
    assert fingerprint(root) != before


def test_known_content_under_another_name_is_another_input(tmp_path: Path) -> None:
    landing = shutil.copytree(SAMPLES / "night_1", tmp_path / "landing")
    project = load_project(tmp_path, landing=landing)
    before = landing_inputs(project)
    assert landing_inputs(project) == before == sorted(set(before))
    shutil.copyfile(landing / "crm/contacts_2026-05-04.csv", landing / "crm/contacts_2026-05-07.csv")
    [added] = set(landing_inputs(project)) - set(before)
    [known] = [entry for entry in before if entry.endswith("crm/contacts_2026-05-04.csv")]
    assert added.split()[0] == known.split()[0], "the same file, which a newer date makes newer"
