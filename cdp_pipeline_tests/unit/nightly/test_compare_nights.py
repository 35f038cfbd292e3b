"""`cdp link compare`: which nights, and what another configuration would give."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_pipeline.cli.app import app
from cdp_pipeline.contracts.project import SHIPPED_CONFIG, Project, load_project
from cdp_pipeline.errors import ConfigError, NightError
from cdp_pipeline.nightly.compare_nights import compare_configuration, compare_nights
from cdp_pipeline_tests.conftest import PublishedNights


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


def published(project: Project, *names: str) -> None:
    for name in names:
        (project.published / name).mkdir(parents=True)


def test_one_night_alone_cannot_be_compared(project: Project) -> None:
    published(project, "2026-05-04-a")
    with pytest.raises(NightError, match=r"two published nights are needed, and 1 is there: cdp run"):
        compare_nights(project, "", "", 5)


def test_an_unknown_night_is_refused_with_those_that_are_there(project: Project) -> None:
    published(project, "2026-05-04-a", "2026-05-05-b")
    with pytest.raises(NightError, match=r"no night '2026-05-06' is published.*2026-05-04-a, 2026-05-05-b"):
        compare_nights(project, "2026-05-04", "2026-05-06", 5)
    with pytest.raises(NightError, match="name two nights, or none"):
        compare_nights(project, "2026-05-04", "", 5)


def test_a_folder_without_configuration_is_refused(project: Project, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds neither linkage\.yml nor model\.json"):
        compare_configuration(project, tmp_path, 5)


def test_a_command_line_names_nights_or_a_folder_not_both(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app,
        [
            "link",
            "compare",
            "2026-05-04",
            "2026-05-05",
            "--config",
            str(tmp_path),
            "--project",
            str(tmp_path),
        ],
    )
    assert done.exit_code == 2
    assert "not both" in done.output


@pytest.mark.slow
def test_the_last_two_nights_are_compared_by_records(nights: PublishedNights, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["link", "compare", "--project", str(nights.root), "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    counts = document["difference"]["counts"]
    assert [document["before"]["name"], document["after"]["name"]] == [nights.first.name, nights.second.name]
    assert document["is_project_same"] is True
    assert counts["same_id"] == counts["unchanged"] > 100, "whose records are the same has the same id"
    parts = ("unchanged", "resized", "joined", "new")
    assert counts["customers_after"] == sum(counts[name] for name in parts), "no customer is parted here"
    assert counts["new_records"] > 0
    merges = [row["customer_ids"] for row in document["events"] if row["event"] == "merge"]
    assert sum(merges) >= counts["joined"] == len(document["difference"]["joined"]) > 0
    shown = CliRunner().invoke(
        app, ["link", "compare", "2026-05-04", "2026-05-05", "--project", str(nights.root)]
    )
    assert "by new or changed data" in shown.output
    assert "What joins them now" in shown.output
    page = tmp_path / "page.html"
    written = CliRunner().invoke(app, ["link", "compare", "--project", str(nights.root), "--html", str(page)])
    assert "Written" in written.output
    assert "What befell customer ids" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_another_threshold_parts_and_nothing_is_changed(nights: PublishedNights, tmp_path: Path) -> None:
    root, other = tmp_path / "project", tmp_path / "other"
    shutil.copytree(nights.root, root, symlinks=True)
    other.mkdir()
    project = load_project(root)
    shutil.copy(SHIPPED_CONFIG / "linkage" / "linkage.yml", other)
    same = compare_configuration(project, other, 5)
    assert same.difference.counts["unchanged"] == same.difference.counts["customers_before"] > 100
    assert (same.has_ids, same.difference.joined, same.difference.parted) == (False, [], [])

    rules = (other / "linkage.yml").read_text(encoding="utf-8")
    threshold = "match_threshold:\n  match_weight: "
    assert threshold in rules
    (other / "linkage.yml").write_text(rules.replace(threshold, f"{threshold}9"), encoding="utf-8")
    higher = compare_configuration(project, other, 5)
    assert higher.difference.counts["parted"] > 0
    assert higher.difference.counts["joined"] == 0
    assert {(row["edge_kind"], row["is_now"]) for row in higher.difference.parting} == {
        ("splink", "near_miss")
    }
    assert higher.before == same.before
    customers = (higher.difference.counts["customers_before"], same.difference.counts["customers_before"])
    assert customers[0] == customers[1], "the first comparison changed nothing"
