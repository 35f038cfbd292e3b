"""When a delivery counts as complete: nothing announces its end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.extract.landing import is_unfinished
from cdp_pipeline.extract.settling import LandingView, Watch, view_landing

SETTLE = 120


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder in ("shop", "crm"):
        (tmp_path / "data" / "landing" / folder).mkdir(parents=True)
    return load_project(tmp_path)


def land(project: Project, path: str, content: str = "x") -> Path:
    file = project.landing / path
    file.write_text(content, encoding="utf-8")
    return file


def reason(watch: Watch, view: LandingView, now: float) -> str | None:
    return watch.waits_because(view, now, SETTLE)


def test_files_are_told_apart_by_name_and_pattern(project: Project) -> None:
    for path in ("shop/orders_1.csv", "shop/orders_2.csv.part", "crm/.contacts.csv.aB3", "crm/readme.md"):
        land(project, path)
    view = view_landing(project)
    assert [file.path for file in view.deliveries] == ["shop/orders_1.csv"]
    assert [file.path for file in view.unfinished] == ["shop/orders_2.csv.part"]
    assert [file.path for file in view.unrecognised] == ["crm/readme.md"]
    assert [file.path for file in view.hidden] == ["crm/.contacts.csv.aB3"]


def test_a_name_that_is_not_utf_8_is_listed_in_letters_that_can_be_shown(project: Project) -> None:
    land(project, os.fsdecode(b"shop/orders_K\xf6ln.csv"))
    view = view_landing(project)
    assert view.deliveries == view.unrecognised == ()
    assert [file.path for file in view.misnamed] == [r"shop/orders_K\xf6ln.csv"]
    land(project, os.fsdecode(b"shop/orders_K\xf6ln.csv"), "grown")
    assert view_landing(project).activity != view.activity


@pytest.mark.parametrize(
    "name", ["a.csv.part", "a.csv.PARTIAL", "a.tmp", "a.csv.crdownload", "a.csv.filepart", "a.csv~", "a.swp"]
)
def test_temporary_names_are_known(name: str) -> None:
    assert is_unfinished(name)


@pytest.mark.parametrize("name", ["a.csv", "a.zip", "part.csv", "tmp.csv", "spare.parts.csv"])
def test_finished_names_are_left_alone(name: str) -> None:
    assert not is_unfinished(name)


def test_an_empty_or_absent_folder_starts_nothing(tmp_path: Path) -> None:
    view = view_landing(load_project(tmp_path))
    assert (
        reason(Watch().look(view, 0), view, 1_000)
        == "No complete file of any source lies in the landing folder."
    )


def test_a_file_settles_from_when_it_was_seen_whatever_its_own_time(project: Project) -> None:
    os.utime(land(project, "shop/orders.csv"), (1, 1))
    view = view_landing(project)
    watch = Watch().look(view, 1_000)
    assert "unchanged for 0 of 120 seconds" in str(reason(watch, view, 1_000))
    watch = watch.look(view, 1_119)
    assert "unchanged for 119 of 120 seconds" in str(reason(watch, view, 1_119))
    assert reason(watch.look(view, 1_120), view, 1_120) is None


def test_a_growing_file_starts_the_wait_anew(project: Project) -> None:
    land(project, "shop/orders.csv", "a")
    watch = Watch().look(view_landing(project), 1_000)
    land(project, "shop/orders.csv", "ab")
    view = view_landing(project)
    watch = watch.look(view, 1_100)
    assert "unchanged for 50 of 120 seconds" in str(reason(watch, view, 1_150))
    assert reason(watch, view, 1_220) is None


@pytest.mark.parametrize("growing", ["crm/contacts.csv.part", "crm/.contacts.csv.aB3"])
def test_complete_files_wait_for_one_that_grows_under_a_temporary_name(
    project: Project, growing: str
) -> None:
    land(project, "shop/orders.csv")
    land(project, growing, "a")
    watch = Watch().look(view_landing(project), 1_000)
    land(project, growing, "ab")
    view = view_landing(project)
    assert reason(watch.look(view, 1_200), view, 1_200) is not None


def test_a_temporary_file_that_was_left_behind_holds_up_nothing(project: Project) -> None:
    land(project, "shop/orders.csv")
    land(project, "crm/contacts.csv.part")
    view = view_landing(project)
    assert reason(Watch().look(view, 1_000), view, 1_120) is None


def test_handled_deliveries_need_nothing_more_until_one_changes(project: Project) -> None:
    land(project, "shop/orders.csv", "a")
    view = view_landing(project)
    watch = Watch().look(view, 1_000).handle(view)
    assert reason(watch, view, 9_000) == "Nothing has changed: the 1 files of the sources are known."
    land(project, "crm/notes.md")  # activity, but no delivery
    assert "Nothing has changed" in str(reason(watch, view_landing(project), 9_000))
    land(project, "shop/orders.csv", "b" * 10)
    view = view_landing(project)
    assert "Waiting" in str(reason(watch.look(view, 9_000), view, 9_000))


def test_a_watch_is_remembered_as_text(project: Project) -> None:
    land(project, "shop/orders.csv")
    view = view_landing(project)
    watch = Watch().look(view, 1_000.5).handle(view)
    assert Watch.from_text(watch.as_text()) == watch
    assert Watch.from_text(None) == Watch()
