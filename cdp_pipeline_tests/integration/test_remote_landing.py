"""A landing folder that lies elsewhere, fetched from a real S3 server and a real SFTP server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.registry import _registry

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import CdpError, ConfigError, RetryableError
from cdp_pipeline.extract.remote import fetch_landing, read_state
from cdp_pipeline.extract.remote.store import Store
from cdp_pipeline_tests.remote_landing import fetched, lying, project_at
from cdp_pipeline_tests.servers import S3Bucket, S3Server, SftpServer, free_port, known_host, make_ssh_key


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Bucket]:
    monkeypatch.setenv("LANDING_KEY", s3_server.access_key)
    monkeypatch.setenv("LANDING_SECRET", s3_server.secret_key)
    monkeypatch.setenv("LANDING_ENDPOINT", s3_server.endpoint)
    with s3_server.bucket("exports") as opened:
        yield opened


@pytest.fixture
def on_s3(bucket: S3Bucket, tmp_path: Path) -> Project:
    return project_at(
        tmp_path,
        "s3://exports/cdp",
        key="LANDING_KEY",
        secret="LANDING_SECRET",
        endpoint_url="LANDING_ENDPOINT",
    )


@pytest.fixture
def on_sftp(sftp_server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setenv("LANDING_HOSTS", str(sftp_server.known_hosts))
    monkeypatch.setenv("LANDING_KEY_FILE", str(sftp_server.client_key))
    url = f"sftp://{sftp_server.user}@127.0.0.1:{sftp_server.port}{sftp_server.folder}"
    yield project_at(tmp_path, url, known_hosts="LANDING_HOSTS", client_keys="LANDING_KEY_FILE")
    for path in sorted(sftp_server.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def test_first_fetch_brings_everything_below_the_url_and_nothing_else(
    bucket: S3Bucket, on_s3: Project
) -> None:
    bucket.put("cdp/shop/orders.csv", "a\n1\n")
    bucket.put("cdp/members.csv", "b\n")
    bucket.put("cdp-other/members.csv", "another folder")
    first = fetched(on_s3)
    assert (first.files, first.new_files, first.new_bytes, first.left_alone) == (2, 2, 6, {})
    assert lying(on_s3) == {"members.csv": "b\n", "shop/orders.csv": "a\n1\n"}


def test_only_what_changed_is_fetched_again_and_what_vanished_vanishes(
    bucket: S3Bucket, on_s3: Project
) -> None:
    for name in ("same", "changed", "vanishing/deep"):
        bucket.put(f"cdp/{name}.csv", "1234\n")
    fetched(on_s3)
    bucket.put("cdp/changed.csv", "4321\n")  # of the same size
    bucket.put("cdp/new.csv", "n\n")
    bucket.remove("cdp/vanishing/deep.csv")
    second = fetched(on_s3)
    assert (second.new_files, second.new_bytes, second.removed_files) == (2, 7, 1)
    assert lying(on_s3) == {"changed.csv": "4321\n", "new.csv": "n\n", "same.csv": "1234\n"}
    assert not (on_s3.landing / "vanishing").exists()
    assert fetched(on_s3).new_files == 0


def test_names_that_leave_the_folder_are_never_written(
    bucket: S3Bucket, on_s3: Project, tmp_path: Path
) -> None:
    for key in (
        "cdp/../../../../escaped.csv",
        "cdp/a/../../escaped.csv",
        "cdp//absolute.csv",
        "cdp/" + "n" * 300,
    ):
        bucket.put(key, "hostile")
    bucket.put("cdp/good.csv", "good")
    found = fetched(on_s3)
    assert lying(on_s3) == {"good.csv": "good"}
    assert len(found.left_alone) == 4
    assert not list(tmp_path.rglob("escaped.csv"))


def test_a_name_that_is_a_file_and_a_folder_leaves_the_deeper_one(bucket: S3Bucket, on_s3: Project) -> None:
    bucket.put("cdp/a", "file")
    bucket.put("cdp/a/b.csv", "below it")
    assert fetched(on_s3).left_alone == {"a/b.csv": "its folder has the name of a file"}
    assert lying(on_s3) == {"a": "file"}


def test_an_empty_or_misspelt_folder_never_looks_like_everything_deleted(
    bucket: S3Bucket, on_s3: Project
) -> None:
    bucket.put("cdp/a.csv", "a")
    fetched(on_s3)
    bucket.remove("cdp/a.csv")
    with pytest.raises(ConfigError, match="no such folder or bucket, or nothing lies in it"):
        fetch_landing(on_s3)
    assert lying(on_s3) == {"a.csv": "a"}


def test_wrong_credentials_name_the_variables_and_no_value(
    bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LANDING_SECRET")
    options = {"key": "LANDING_KEY", "secret": "LANDING_SECRET", "endpoint_url": "LANDING_ENDPOINT"}
    project = project_at(tmp_path, "s3://exports/cdp", **options)
    with pytest.raises(ConfigError, match="LANDING_SECRET is not set"):
        fetch_landing(project)


def test_an_unreachable_store_is_a_passing_failure_that_keeps_the_mirror(
    bucket: S3Bucket, on_s3: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("cdp/a.csv", "a")
    fetched(on_s3)
    monkeypatch.setenv("LANDING_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RetryableError, match=r"s3://exports/cdp: cannot be reached.*run again") as failure:
        fetch_landing(on_s3)
    assert os.environ["LANDING_SECRET"] not in str(failure.value)
    assert lying(on_s3) == {"a.csv": "a"}


def test_a_missing_extra_is_named(on_s3: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(_registry, "s3", raising=False)  # as where s3fs was never imported
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ConfigError, match=r"pip install 'cdp-pipeline\[s3\]'"):
        fetch_landing(on_s3)


def test_sftp_is_fetched_and_links_are_not_followed(
    on_sftp: Project, sftp_server: SftpServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("not theirs to send", encoding="utf-8")
    (sftp_server.folder / "shop").mkdir()
    (sftp_server.folder / "shop" / "orders.csv").write_text("a\n1\n", encoding="utf-8")
    (sftp_server.folder / "link.csv").symlink_to(secret)
    (sftp_server.folder / "linked_folder").symlink_to(tmp_path)
    found = fetched(on_sftp)
    assert lying(on_sftp) == {"shop/orders.csv": "a\n1\n"}
    assert set(found.left_alone) == {"link.csv", "linked_folder"}
    (sftp_server.folder / "shop" / "orders.csv").write_text("a\n1\n2\n", encoding="utf-8")
    assert fetched(on_sftp).new_files == 1
    assert fetched(on_sftp).new_files == 0


def test_a_file_swapped_for_a_link_while_it_is_fetched_is_not_taken(
    on_sftp: Project, sftp_server: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = sftp_server.folder / "a.csv"
    export.write_text("abcd", encoding="utf-8")
    get = Store.get

    def swap_and_get(self: Store, file: object, target: Path) -> None:
        export.unlink()
        export.symlink_to("../host_key")
        get(self, file, target)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "get", swap_and_get)
    with pytest.raises(RetryableError, match="Symlink"):
        fetch_landing(on_sftp)
    assert [path for path in on_sftp.landing_mirrors.rglob("*") if path.is_symlink()] == []
    assert fetched(on_sftp).left_alone == {"a.csv": "no plain file; links are not followed"}


def test_an_emptied_sftp_folder_empties_the_mirror(on_sftp: Project, sftp_server: SftpServer) -> None:
    export = sftp_server.folder / "a.csv"
    export.write_text("a", encoding="utf-8")
    fetched(on_sftp)
    export.unlink()
    assert fetched(on_sftp).removed_files == 1
    assert lying(on_sftp) == {}


@pytest.mark.parametrize("known", ["unknown", "changed"])
def test_a_host_key_that_is_unknown_or_has_changed_refuses(
    known: str, on_sftp: Project, sftp_server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sftp_server.folder / "a.csv").write_text("a", encoding="utf-8")
    hosts = tmp_path / "hosts"
    other = known_host(sftp_server.port, make_ssh_key(tmp_path / "other"))
    hosts.write_text(other if known == "changed" else "", encoding="utf-8")
    monkeypatch.setenv("LANDING_HOSTS", str(hosts))
    with pytest.raises(ConfigError, match="host key is unknown or has changed, so nothing was fetched"):
        fetch_landing(on_sftp)
    assert not on_sftp.landing.exists() or lying(on_sftp) == {}


def test_without_a_file_of_known_hosts_nothing_is_trusted(
    on_sftp: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDING_HOSTS", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="no file of known host keys"):
        fetch_landing(on_sftp)


def test_a_login_that_is_refused_says_so(
    on_sftp: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDING_KEY_FILE", str(make_ssh_key(tmp_path / "another")))
    with pytest.raises(ConfigError, match=r"access is refused.*LANDING_KEY_FILE"):
        fetch_landing(on_sftp)


def test_status_knows_the_last_fetch_and_asks_nobody(
    bucket: S3Bucket, on_s3: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cdp_pipeline.nightly.status import project_status

    bucket.put("cdp/a.csv", "a")
    bucket.put("cdp/b.csv.part", "b")
    assert project_status(on_s3).landing.fetched_at is None
    fetched(on_s3)
    monkeypatch.setenv("LANDING_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    landing = project_status(on_s3).landing
    state = read_state(on_s3)
    assert state
    assert (landing.url, landing.fetched_at) == ("s3://exports/cdp", state.fetched_at)
    assert [name for name, _ in landing.left_alone] == ["b.csv.part"]


def test_a_fetch_that_fails_is_the_record_of_the_night(
    on_s3: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    from cdp_pipeline.nightly.landing import refresh_landing
    from cdp_pipeline.nightly.status import project_status

    monkeypatch.setenv("LANDING_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CdpError):
        refresh_landing(on_s3, date(2026, 5, 4))
    assert project_status(on_s3).problems == ["the last run failed"]
