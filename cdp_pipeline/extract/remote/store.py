"""One store elsewhere: opened by its URL, listed and read through fsspec."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.contracts.landing import scheme_of
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.extract.landing import is_unfinished
from cdp_pipeline.extract.remote.failure import in_words

VERSION_KEYS = (
    "ETag",
    "etag",
    "md5Hash",
    "mtime",
    "LastModified",
    "last_modified",
    "modified",
    "updated",
    "created",
)
"""What stores call the sign that a file's content has changed, the surest first."""
SSH_SCHEMES = {"sftp", "ssh"}
CONNECT_SECONDS = 15
MAX_NAME_BYTES = 255
PATIENCE_OF_S3 = {"connect_timeout": CONNECT_SECONDS, "read_timeout": 60, "retries": {"max_attempts": 2}}


class RemoteFile(Contract):
    """One file as the store lists it.

    Attributes:
        path: below the landing URL.
        version: changes with the content: an entity tag, or else the time of the last change; empty where the
            store tells neither.
    """

    path: str
    size_bytes: int
    version: str


@dataclass(frozen=True)
class Listing:
    """What lies in a store at one moment.

    Attributes:
        files: by path.
        left_alone: why each of the other names is not fetched.
    """

    files: dict[str, RemoteFile]
    left_alone: dict[str, str]


@dataclass(frozen=True)
class Store:
    """An open store; every failure is put into words."""

    project: Project
    file_system: Any
    root: str

    def listing(self) -> Listing:
        """List every file below the URL. A folder that cannot be listed fails it all: nothing looks deleted.

        Raises:
            CdpError: the store cannot be reached, refuses access, or has no such folder.
        """
        files, left_alone = {}, {}
        with in_words(self.project):
            self.file_system.invalidate_cache()
            for path, entry in self._entries():
                why = _left_alone_because(path, entry)
                if why:
                    left_alone[path] = why
                else:
                    files[path] = RemoteFile(
                        path=path, size_bytes=int(entry["size"]), version=_version(entry)
                    )
        for path in [path for path in files if _lies_below_a_file(path, files)]:
            del files[path]
            left_alone[path] = "its folder has the name of a file"
        return Listing(files, left_alone)

    def get(self, file: RemoteFile, target: Path) -> None:
        """Download one file.

        Raises:
            CdpError: as `listing`.
            FileNotFoundError: the file has gone since it was listed.
        """
        with in_words(self.project, missing_is_news=True):
            self.file_system.get_file(f"{self.root.rstrip('/')}/{file.path}", str(target))

    def _entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Walk the folders: fsspec's own walk leaves out, in silence, what it cannot list."""
        prefix = self.root.rstrip("/") + "/"
        waiting, seen = [self.root], {self.root}
        while waiting:
            for entry in self.file_system.ls(waiting.pop(), detail=True):
                name, is_folder = str(entry["name"]), entry["type"] == "directory"
                path = name.removeprefix(prefix).rstrip("/")
                if is_folder and name.startswith(prefix) and _is_plain(path):
                    if name not in seen:  # a store that lists a folder within itself
                        waiting.append(name.rstrip("/"))
                        seen.add(name)
                elif is_folder or not name.endswith("/"):  # else a store's own marker of an empty folder
                    yield (path if path and name.startswith(prefix) else name), entry


def _left_alone_because(path: str, entry: dict[str, Any]) -> str | None:
    if not _is_plain(path):
        return "its name leaves the landing folder or is no file name here"
    if entry["type"] != "file":
        return "no plain file; links are not followed"
    if any(part.startswith(".") for part in PurePosixPath(path).parts):
        return "hidden"
    return "unfinished: waits for its final name" if is_unfinished(path) else None


def _is_plain(path: str) -> bool:
    """Tell whether a store's name stays below the folder and can be a file's name here."""
    parts = path.split("/")
    return not any(
        part in {"", ".", ".."} or "\0" in part or len(part.encode(errors="replace")) > MAX_NAME_BYTES
        for part in parts
    )


def _lies_below_a_file(path: str, files: dict[str, RemoteFile]) -> bool:
    """Object stores may hold `a` and `a/b`; a file system cannot."""
    return any(str(folder) in files for folder in PurePosixPath(path).parents)


def _version(entry: dict[str, Any]) -> str:
    for key in VERSION_KEYS:
        value = entry.get(key)
        if value is not None and value != "":
            return value.isoformat() if isinstance(value, datetime) else str(value)
    return ""


@contextmanager
def open_store(project: Project, url: str, options: dict[str, Any]) -> Iterator[Store]:
    """Open the store of a URL.

    Args:
        options: of the store's fsspec implementation.

    Raises:
        ConfigError: the kind of store is unknown, what reads it is not installed, or an option is wrong.
        RetryableError: it cannot be reached.
    """
    with in_words(project):
        opened = _over_ssh(url, options) if scheme_of(url) in SSH_SCHEMES else _by_scheme(url, options)
        file_system, root = opened
    yield Store(project, file_system, str(root))


def _by_scheme(url: str, options: dict[str, Any]) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    if scheme_of(url) in {"s3", "s3a"}:
        options = {"config_kwargs": PATIENCE_OF_S3, **options}
    file_system, root = url_to_fs(url, skip_instance_cache=True, use_listings_cache=False, **options)
    return file_system, root


def _over_ssh(url: str, options: dict[str, Any]) -> tuple[Any, str]:
    """Open an SFTP server whose host key is known.

    Neither of fsspec's two implementations checks host keys unless told to, so neither is taken by its scheme.
    """
    from sshfs import SSHFileSystem

    known_hosts = Path(str(options.get("known_hosts") or "~/.ssh/known_hosts")).expanduser()
    if not known_hosts.is_file():
        raise ConfigError(
            f"{known_hosts}: there is no file of known host keys, so the server cannot be told from another. Ask its "
            "owner for the host key and write it there, as ssh does; another file: option known_hosts of `landing`."
        )
    settings = {
        **{key: value for key, value in SSHFileSystem._get_kwargs_from_urls(url).items() if value},
        "connect_timeout": CONNECT_SECONDS,
        "login_timeout": CONNECT_SECONDS,
        **options,
        "known_hosts": str(known_hosts),
    }
    file_system = SSHFileSystem(**settings, skip_instance_cache=True)
    return file_system, SSHFileSystem._strip_protocol(url)
