"""Real servers on loopback for the tests: S3 (moto), SFTP (OpenSSH), PostgreSQL and MariaDB from Debian.

Each runs in a temporary folder of its own, under an unprivileged user where it refuses root, and dies with the
session. One that is not installed skips its tests with the install hint; with CI=true it fails them.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS_TO_START = 60
LOOPBACK = "127.0.0.1"
UNPRIVILEGED = "nobody"
PASSWORD = "pass-word-of-tests"


@dataclass(frozen=True)
class S3Server:
    """A store that keeps everything in memory."""

    endpoint: str
    access_key: str = "access-key-of-tests"
    secret_key: str = "secret-key-of-tests"

    @contextmanager
    def bucket(self, name: str) -> Iterator[S3Bucket]:
        import boto3

        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=name)
        bucket = S3Bucket(client, name)
        yield bucket
        bucket.clear()
        client.delete_bucket(Bucket=name)


@dataclass(frozen=True)
class S3Bucket:
    client: object
    name: str

    def put(self, key: str, content: str | bytes) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.client.put_object(Bucket=self.name, Key=key, Body=body)  # type: ignore[attr-defined]

    def remove(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)  # type: ignore[attr-defined]

    def clear(self) -> None:
        for item in self.client.list_objects_v2(Bucket=self.name).get("Contents", []):  # type: ignore[attr-defined]
            self.remove(item["Key"])


@dataclass(frozen=True)
class SftpServer:
    """OpenSSH's server: one user, who logs in with a key.

    Attributes:
        known_hosts: file that holds the server's host key.
        client_key: private key that the server lets in.
    """

    port: int
    user: str
    folder: Path
    known_hosts: Path
    client_key: Path


@dataclass(frozen=True)
class DatabaseServer:
    """A database server with one database for tests.

    Attributes:
        url: SQLAlchemy URL of its owner.
    """

    url: str
    port: int


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sftp_server() -> Iterator[SftpServer]:
    sshd = _program("sshd", "openssh-server", ("/usr/sbin",))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd separates privileges there
    with tempfile.TemporaryDirectory(prefix="cdp_sftp_") as name:
        folder = Path(name)
        port = free_port()
        host_key = make_ssh_key(folder / "host_key")
        client_key = make_ssh_key(folder / "client_key")
        upload = folder / "upload"
        upload.mkdir()
        settings = {
            "Port": port,
            "ListenAddress": LOOPBACK,
            "HostKey": host_key,
            "AuthorizedKeysFile": client_key.with_suffix(".pub"),
            "PidFile": folder / "pid",
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
            "Subsystem": "sftp internal-sftp",
        }
        config = folder / "config"
        config.write_text("".join(f"{key} {value}\n" for key, value in settings.items()), encoding="utf-8")
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(known_host(port, host_key), encoding="utf-8")
        with running([sshd, "-D", "-e", "-f", str(config)], folder, lambda: _answers(port)):
            yield SftpServer(port, getpass.getuser(), upload, known_hosts, client_key)


def make_ssh_key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def known_host(port: int, host_key: Path) -> str:
    return f"[{LOOPBACK}]:{port} {host_key.with_suffix('.pub').read_text(encoding='utf-8')}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    folders = tuple(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    initdb = _program("initdb", "postgresql", folders)
    server = _program("postgres", "postgresql", folders)
    with _private_folder("cdp_postgresql_") as folder:
        port, password_file = free_port(), folder / "password"
        password_file.write_text(PASSWORD, encoding="utf-8")
        _give_away(password_file)
        data = folder / "data"
        subprocess.run(
            [
                *_unprivileged(), initdb, "-D", str(data), "-U", "cdp", "--pwfile", str(password_file),
                "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync",
            ],
            check=True, capture_output=True, cwd="/",
        )  # fmt: skip
        settings = {"listen_addresses": LOOPBACK, "port": port, "unix_socket_directories": "", "fsync": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        command = [*_unprivileged(), server, "-D", str(data), *options]
        url = f"postgresql+psycopg://cdp:{PASSWORD}@{LOOPBACK}:{port}/postgres"
        with running(command, folder, lambda: _lets_in(url)):
            yield DatabaseServer(url, port)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[DatabaseServer]:
    server = _program("mariadbd", "mariadb-server", ("/usr/sbin",))
    install = _program("mariadb-install-db", "mariadb-server", ())
    user = UNPRIVILEGED if os.getuid() == 0 else getpass.getuser()
    with _private_folder("cdp_mariadb_") as folder:
        port, data = free_port(), folder / "data"
        common = ["--no-defaults", f"--datadir={data}", f"--user={user}"]
        subprocess.run(
            [*_unprivileged(), install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, capture_output=True, cwd="/",
        )  # fmt: skip
        first = folder / "first.sql"
        first.write_text(
            f"create database cdp;\ncreate user 'cdp'@'{LOOPBACK}' identified by '{PASSWORD}';\n"
            f"grant all on cdp.* to 'cdp'@'{LOOPBACK}';\n",
            encoding="utf-8",
        )
        _give_away(first)
        command = [
            *_unprivileged(), server, *common, f"--bind-address={LOOPBACK}", f"--port={port}",
            f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", f"--init-file={first}",
            "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0",
        ]  # fmt: skip
        url = f"mysql+pymysql://cdp:{PASSWORD}@{LOOPBACK}:{port}/cdp"
        with running(command, folder, lambda: _lets_in(url)):
            yield DatabaseServer(url, port)


@contextmanager
def running(command: list[str], folder: Path, is_up: Callable[[], bool]) -> Iterator[None]:
    """Run a server until the context ends; one that does not come up shows what it logged."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/")
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{command[-1]}: did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def missing(package: str) -> str:
    """Skip the test, or fail it in CI, where everything must run."""
    hint = f"needs Debian's {package}: apt-get install {package}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(hint)
    pytest.skip(hint)
    raise AssertionError  # neither call returns


def _program(name: str, package: str, folders: tuple[str, ...]) -> str:
    path = os.pathsep.join((*folders, os.environ.get("PATH", "")))
    return shutil.which(name, path=path) or missing(package)


def _unprivileged() -> list[str]:
    """Begin a command that must not run as root; other users run it as themselves."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam(UNPRIVILEGED)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@contextmanager
def _private_folder(prefix: str) -> Iterator[Path]:
    """Make a folder that belongs to whom the server runs as."""
    with tempfile.TemporaryDirectory(prefix=prefix, dir="/tmp", ignore_cleanup_errors=True) as name:
        _give_away(Path(name))
        yield Path(name)


def _give_away(path: Path) -> None:
    if os.getuid() == 0:
        user = pwd.getpwnam(UNPRIVILEGED)
        os.chown(path, user.pw_uid, user.pw_gid)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def _lets_in(url: str) -> bool:
    import sqlalchemy as sa

    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect():
            return True
    except sa.exc.DBAPIError:
        return False
