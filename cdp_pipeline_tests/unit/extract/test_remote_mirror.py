"""The mirror of a landing folder that lies elsewhere, on fsspec's own store in memory."""

from __future__ import annotations

import dataclasses
import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import fsspec
import pytest

from cdp_pipeline.contracts.landing import shown_url
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.contracts.source import SourceFile
from cdp_pipeline.errors import ConfigError, NightError
from cdp_pipeline.extract.remote import fetch_landing, is_mirrored, view_store
from cdp_pipeline.extract.remote.store import Store
from cdp_pipeline.orchestration.landing_sensor import evaluate
from cdp_pipeline_tests.remote_landing import fetched, lying, project_at


class Bucket:
    """A store in memory, with the words of the servers' tests."""

    def __init__(self) -> None:
        self.store = fsspec.filesystem("memory")

    def put(self, key: str, content: str) -> None:
        self.store.pipe_file(f"/exports/{key}", content.encode())

    def remove(self, key: str) -> None:
        self.store.rm_file(f"/exports/{key}")


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    opened = Bucket()
    opened.store.makedirs("/exports/cdp", exist_ok=True)
    yield opened
    opened.store.rm("/exports", recursive=True)


@pytest.fixture
def elsewhere(bucket: Bucket, tmp_path: Path) -> Project:
    return project_at(tmp_path, "memory://exports/cdp")


def test_mirror_is_private(bucket: Bucket, elsewhere: Project) -> None:
    bucket.put("cdp/shop/2026/orders.csv", "a\n1\n")
    old = os.umask(0o022)
    try:
        fetched(elsewhere)
    finally:
        os.umask(old)
    modes = {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for path in [elsewhere.landing_mirrors, *elsewhere.landing_mirrors.rglob("*")]
    }
    assert modes == {(True, 0o700), (False, 0o600)}


def test_a_damaged_mirror_is_mended(bucket: Bucket, elsewhere: Project) -> None:
    bucket.put("cdp/a.csv", "1234\n")
    fetched(elsewhere)
    (elsewhere.landing / "a.csv").write_text("12", encoding="utf-8")
    (elsewhere.landing / "stray.csv").write_text("nobody sent it", encoding="utf-8")
    assert fetched(elsewhere).new_files == 1
    assert lying(elsewhere) == {"a.csv": "1234\n"}


def test_an_interrupted_fetch_goes_on_where_it_stopped(
    bucket: Bucket, elsewhere: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        bucket.put(f"cdp/{name}.csv", name)
    get, got = Store.get, []

    def get_two(self: Store, file: object, target: Path) -> None:
        if len(got) == 2:
            raise KeyboardInterrupt
        got.append(file)
        get(self, file, target)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "get", get_two)
    with pytest.raises(KeyboardInterrupt):
        fetch_landing(elsewhere)
    assert lying(elsewhere) == {}, "nothing is shown before all is confirmed"
    got.clear()
    fetched(elsewhere)
    assert len(got) == 1
    assert lying(elsewhere) == {"a.csv": "a", "b.csv": "b", "c.csv": "c"}


def test_a_file_that_changes_while_it_is_fetched_waits_for_the_next_night(
    bucket: Bucket, elsewhere: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("cdp/growing.csv", "old\n")
    fetched(elsewhere)
    bucket.put("cdp/growing.csv", "first half\n")
    bucket.put("cdp/still.csv", "whole\n")
    get = Store.get

    def get_and_grow(self: Store, file: object, target: Path) -> None:
        get(self, file, target)  # type: ignore[arg-type]
        bucket.put("cdp/growing.csv", "first half\nsecond half\n")

    monkeypatch.setattr(Store, "get", get_and_grow)
    found = fetched(elsewhere)
    assert found.left_alone == {"growing.csv": "still being written: it changed while it was fetched"}
    assert lying(elsewhere) == {"growing.csv": "old\n", "still.csv": "whole\n"}
    monkeypatch.setattr(Store, "get", get)
    fetched(elsewhere)
    assert lying(elsewhere)["growing.csv"] == "first half\nsecond half\n"


def test_unfinished_and_hidden_names_stay_in_the_store(bucket: Bucket, elsewhere: Project) -> None:
    for name in ("a.csv.part", ".hidden.csv", "a.csv"):
        bucket.put(f"cdp/{name}", "x")
    found = fetched(elsewhere)
    assert set(found.left_alone) == {"a.csv.part", ".hidden.csv"}
    assert set(lying(elsewhere)) == {"a.csv"}


@pytest.mark.parametrize(
    "url",
    [
        "sftp://cdp:open-sesame@127.0.0.1/exports",
        "s3://KEY:open-sesame/def@bucket/exports",
        "sftp://cdp:open-sesame?x@host/exports",
        "sftp://cdp:open-sesame#x@host/exports",
        "sftp://cdp:open-sesame@x@host/exports",
        "s3://bucket/exports?secret=open-sesame",
    ],
)
def test_a_password_in_the_url_is_refused_and_never_shown(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="options_env") as failure:
        project_at(tmp_path, url)
    assert "open-sesame" not in str(failure.value)
    assert "open-sesame" not in shown_url(url)
    assert shown_url(url).endswith(("://host/exports", "://bucket/exports", "://127.0.0.1/exports"))


def test_a_name_and_a_port_are_no_password(tmp_path: Path) -> None:
    url = "sftp://cdp@127.0.0.1:22/exports"
    assert project_at(tmp_path, url).landing_url == url
    assert shown_url(url) == "sftp://127.0.0.1:22/exports"


def test_a_mirror_of_a_url_that_is_no_longer_used_is_removed(bucket: Bucket, elsewhere: Project) -> None:
    bucket.put("cdp/a.csv", "a")
    bucket.put("new/b.csv", "b")
    fetched(elsewhere)
    moved = load_project(elsewhere.root, landing="memory://exports/new")
    fetched(moved)
    assert lying(moved) == {"b.csv": "b"}
    assert [path.name for path in moved.landing_mirrors.iterdir()] == [moved.landing.parent.name]


def test_nothing_is_fetched_under_a_running_night(elsewhere: Project) -> None:

    from cdp_pipeline.engine import open_working_file
    from cdp_pipeline.nightly.landing import refresh_landing

    with open_working_file(elsewhere), pytest.raises(NightError, match="another night is running"):
        refresh_landing(elsewhere, date(2026, 5, 4))


def test_the_sensor_lists_the_store_and_downloads_nothing(bucket: Bucket, elsewhere: Project) -> None:
    bucket.put("cdp/till/loyalty_members_2026-05-04.csv", "a")
    bucket.put("cdp/till/deep/loyalty_members.csv", "a")
    bucket.put("cdp/till/items.csv.part", "a")
    bucket.put("cdp/till/backup.zip", "a")
    source = load_project(elsewhere.root.parent).sources["till"]  # the example's
    packed = SourceFile(layout="products", path="till/backup*.zip!Product*.csv")
    source = source.model_copy(update={"files": [*source.files, packed]})
    project = dataclasses.replace(elsewhere, sources={"till": source})
    view = view_store(project)
    assert [file.path for file in view.deliveries] == [
        "till/backup.zip",
        "till/loyalty_members_2026-05-04.csv",
    ]
    assert [file.path for file in view.unrecognised] == ["till/deep/loyalty_members.csv"]
    assert [file.path for file in view.unfinished] == ["till/items.csv.part"]
    assert not project.landing.exists()
    assert not is_mirrored(project, view)
    fetched(project)
    assert is_mirrored(project, view)
    bucket.put("cdp/till/loyalty_members_2026-05-04.csv", "b")
    assert view_store(project).content != view.content
    assert not is_mirrored(project, view_store(project))


def test_the_sensor_waits_while_the_store_is_away(elsewhere: Project) -> None:
    away = dataclasses.replace(elsewhere, landing_override="memory://nowhere/cdp")
    result = evaluate(away, "remembered", 0.0, date(2026, 5, 4))
    assert (result.run_requests, result.cursor) == ([], "remembered")
    assert "nowhere" in str(result.skip_reason)
