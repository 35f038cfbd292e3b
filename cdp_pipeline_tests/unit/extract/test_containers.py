"""What delivered files hold, and giving it as a file on local disk."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract import containers, file_state
from cdp_pipeline.extract.archives import CAPS, Caps
from cdp_pipeline.extract.containers import Content, contents_of, file_and_member, opened
from cdp_pipeline.extract.spool import SPOOL, remove_leftovers

CSV = b"no,city\n1,Berlin\n"
CSV_SHA256 = hashlib.sha256(CSV).hexdigest()
SMALL_CAPS = Caps(members=2, member_bytes=5_000, total_bytes=8_000, ratio=10, ratio_from_bytes=1_000)


@pytest.fixture(scope="module")
def any_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(tmp_path_factory.mktemp("any"))


@pytest.fixture
def project(any_project: Project, tmp_path: Path) -> Project:
    landing = tmp_path / "landing"
    landing.mkdir()
    return replace(any_project, root=tmp_path, landing_override=landing)


def deliver(project: Project, name: str, content: bytes) -> Path:
    path = project.landing / name
    path.write_bytes(content)
    return path


def deliver_zip(project: Project, name: str, members: list[tuple[str, bytes]]) -> Path:
    path = project.landing / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return path


def contents(path: Path, caps: Caps = CAPS) -> list[Content]:
    return list(contents_of(path, path.name, caps))


def refusal(path: Path, caps: Caps = CAPS) -> str:
    """The one reason why the one content is refused."""
    [content] = contents(path, caps)
    assert content.refused_because is not None
    return content.refused_because


def read(project: Project, content: Content, caps: Caps = CAPS) -> bytes:
    with opened(project, content.label, content.sha256, caps) as file:
        return file.read_bytes()


CUT_OFF = (
    "cannot be unpacked to its end: damaged (its checksum does not fit) or cut off. "
    "Ask for a new export, complete."
)
NO_ZIP = "not a readable ZIP archive: damaged or cut off. Ask for a new export, complete."
LEADS_OUT = (
    "a member's name leads out of the archive ('..', an absolute path, a drive or a backslash), as in an attack. "
    "Nothing of it is read. Ask the sender how it was made, and for another archive."
)
NESTED = "file within an archive. Deliver it on its own, or unpacked."
A_BOMB = "unpacks to more than 10 times its size, as ZIP bombs do and exports don't. Deliver it unpacked."

PACKED = gzip.compress(CSV, mtime=0)
NO_MEMBERS = b"PK\x05\x06" + b"\0" * 18
NOISE = random.Random(1).randbytes(6_000)


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name
        for member, content in members:
            archive.writestr(member, content)
    return file.getvalue()


def with_headers(content: bytes, in_front: int, in_directory: int, value: bytes) -> bytes:
    """Overwrite a value of a ZIP's only member: before its content, and in the table of contents."""
    changed = bytearray(content)
    for at in (in_front, content.index(b"PK\x01\x02") + in_directory):
        changed[at : at + len(value)] = value
    return bytes(changed)


LINK = zipfile.ZipInfo("passwords.csv")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16

HOSTILE: dict[str, tuple[str, bytes, Caps, dict[str, str | None]]] = {
    "gzip, cut off": ("a.gz", PACKED[:-9], CAPS, {"a.gz": f"a.gz: {CUT_OFF}"}),
    "gzip, wrong checksum": (
        "a.gz",
        PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:],
        CAPS,
        {"a.gz": f"a.gz: {CUT_OFF}"},
    ),
    "gzip, followed by rubbish": ("a.gz", PACKED + b"rubbish", CAPS, {"a.gz": f"a.gz: {CUT_OFF}"}),
    "gzip, damaged": ("a.gz", PACKED[:12] + b"\xff" * 10, CAPS, {"a.gz": f"a.gz: {CUT_OFF}"}),
    "gzip, its sign alone": ("a.gz", b"\x1f\x8b", CAPS, {"a.gz": f"a.gz: {CUT_OFF}"}),
    "gzip in gzip": ("a.gz", gzip.compress(PACKED, mtime=0), CAPS, {"a.gz": f"a.gz: is a gzip {NESTED}"}),
    "ZIP in gzip": ("a.gz", gzip.compress(NO_MEMBERS, mtime=0), CAPS, {"a.gz": f"a.gz: is a zip {NESTED}"}),
    "gzip bomb": ("a.gz", gzip.compress(b"0" * 4_000, mtime=0), SMALL_CAPS, {"a.gz": f"a.gz: {A_BOMB}"}),
    "gzip in ZIP": (
        "a.zip",
        zipped(("a.csv", CSV), ("b", PACKED)),
        CAPS,
        {"a.zip!a.csv": None, "a.zip!b": f"a.zip!b: is a gzip {NESTED}"},
    ),
    "ZIP in ZIP": (
        "a.zip",
        zipped(("a.csv", CSV), ("b", NO_MEMBERS)),
        CAPS,
        {"a.zip!a.csv": None, "a.zip!b": f"a.zip!b: is a zip {NESTED}"},
    ),
    "ZIP, a kind that nobody reads": (
        "a.zip",
        zipped(("a.csv", CSV), ("read me.pdf", b"%PDF-1.7")),
        CAPS,
        {
            "a.zip!a.csv": None,
            "a.zip!read me.pdf": "a.zip!read me.pdf: is a PDF document. "
            "Export the data as CSV, JSON Lines, Parquet or XLSX.",
        },
    ),
    "ZIP, its beginning alone": ("a.zip", zipped(("a.csv", CSV))[:10], CAPS, {"a.zip": f"a.zip: {NO_ZIP}"}),
    "ZIP, cut by a byte": ("a.zip", zipped(("a.csv", CSV))[:-1], CAPS, {"a.zip": f"a.zip: {NO_ZIP}"}),
    "ZIP, without its end": ("a.zip", zipped(("a.csv", CSV))[:-30], CAPS, {"a.zip": f"a.zip: {NO_ZIP}"}),
    "ZIP, folders alone": (
        "a.zip",
        zipped(("sub/", b"")),
        CAPS,
        {"a.zip": "a.zip: the ZIP archive holds no file. Ask for a new export."},
    ),
    "ZIP, two members of one name": (
        "a.zip",
        zipped(("a.csv", CSV), ("a.csv", b"no\n")),
        CAPS,
        {
            "a.zip": "a.zip: two members have the same name, so nobody can tell which one is meant. "
            "Ask for a new export."
        },
    ),
    "ZIP, symbolic link": (
        "a.zip",
        zipped((LINK, b"/etc/passwd")),
        CAPS,
        {"a.zip!passwords.csv": "a.zip!passwords.csv: is a symbolic link, not a file. Pack the file itself."},
    ),
    "ZIP, password": (
        "a.zip",
        with_headers(zipped(("a.csv", CSV)), 6, 8, b"\x01"),
        CAPS,
        {"a.zip!a.csv": "a.zip!a.csv: is locked with a password. Deliver it without one."},
    ),
    "ZIP, unknown method": (
        "a.zip",
        with_headers(zipped(("a.csv", CSV)), 8, 10, b"\x63"),
        CAPS,
        {
            "a.zip!a.csv": "a.zip!a.csv: is packed by a method that is not supported. "
            "Pack it with plain ZIP (deflate)."
        },
    ),
    "ZIP, member's entry damaged": (
        "a.zip",
        b"PK\x03\x04XX" + zipped(("a.csv", CSV))[6:].replace(b"a.csv", b"b.csv", 1),
        CAPS,
        {"a.zip!a.csv": "a.zip!a.csv: its entry in the archive is damaged. Ask for a new export."},
    ),
    "ZIP, claims that a member is small": (
        "a.zip",
        with_headers(zipped(("a.csv", b"0" * 4_000)), 22, 24, b"\x05\0\0\0"),
        CAPS,
        {"a.zip!a.csv": f"a.zip!a.csv: {CUT_OFF}"},
    ),
    "ZIP bomb by a member": (
        "a.zip",
        zipped(("a.csv", NOISE)),
        SMALL_CAPS,
        {"a.zip": "a.zip!a.csv: unpacks to more than 5000 bytes. Deliver it in parts."},
    ),
    "ZIP bomb by all members": (
        "a.zip",
        zipped(("a.csv", NOISE[:4_500]), ("b.csv", NOISE[:4_500])),
        SMALL_CAPS,
        {"a.zip": "a.zip: unpacks to more than 8000 bytes in all. Deliver it in smaller archives."},
    ),
    "ZIP bomb by its ratio": (
        "a.zip",
        zipped(("a.csv", b"0" * 4_000)),
        SMALL_CAPS,
        {"a.zip": f"a.zip: {A_BOMB}"},
    ),
    "ZIP bomb by the number of members": (
        "a.zip",
        zipped(("a.csv", b""), ("b.csv", b""), ("c.csv", b"")),
        SMALL_CAPS,
        {"a.zip": "a.zip: more than 2 members. Deliver it in smaller archives."},
    ),
}
"""Name and bytes of a file, and what is said of each content that it holds; nothing is said of what can be read."""


@pytest.mark.parametrize(("name", "content", "caps", "verdicts"), HOSTILE.values(), ids=HOSTILE)
def test_each_hostile_file_has_its_verdict_and_keeps_it_when_it_is_opened(
    project: Project, name: str, content: bytes, caps: Caps, verdicts: dict[str, str | None]
) -> None:
    found = contents(deliver(project, name, content), caps)
    assert {held.label: held.refused_because for held in found} == verdicts
    for held in found:
        if held.refused_because is None:
            assert read(project, held, caps) == CSV
        else:
            with pytest.raises(LandingFileError) as refused:
                read(project, held, caps)
            assert str(refused.value) == held.refused_because


def test_a_plain_file_is_its_own_content_and_is_read_where_it_lies(project: Project) -> None:
    path = deliver(project, "a.csv", CSV)
    assert contents(path) == [Content("a.csv", "a.csv", CSV_SHA256, len(CSV))]
    with opened(project, "a.csv", CSV_SHA256) as file:
        assert file == path


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv"])
def test_a_gzip_is_known_by_its_content_whatever_its_name(project: Project, name: str) -> None:
    [content] = contents(deliver(project, name, gzip.compress(CSV, mtime=0)))
    assert content == Content(name, "a.csv", CSV_SHA256, len(CSV))
    assert read(project, content) == CSV


def test_a_gzip_of_several_streams_is_one_content(project: Project) -> None:
    packed = gzip.compress(CSV[:9]) + gzip.compress(CSV[9:]) + b"\0" * 512  # padding of tapes
    [content] = contents(deliver(project, "a.csv.gz", packed))
    assert (content.sha256, content.refused_because) == (CSV_SHA256, None)


def test_members_of_a_zip_are_contents_in_the_order_of_their_names(project: Project) -> None:
    path = deliver_zip(project, "a.zip", [("sub/b's file.csv", CSV), ("A[1].csv", b"no\n"), ("sub/", b"")])
    found = contents(path)
    assert [content.member for content in found] == ["A[1].csv", "sub/b's file.csv"]
    assert [(c.label, c.name, c.size_bytes) for c in found] == [
        ("a.zip!A[1].csv", "A[1].csv", 3),
        ("a.zip!sub/b's file.csv", "b's file.csv", len(CSV)),
    ]
    assert [read(project, content) for content in found] == [b"no\n", CSV]


def test_folders_dot_files_and_what_macos_adds_are_left_out(project: Project) -> None:
    clutter = ["__MACOSX/._a.csv", ".DS_Store", "sub/.hidden/x.csv", "sub/"]
    path = deliver_zip(project, "a.zip", [("a.csv", CSV), *[(name, b"x") for name in clutter]])
    assert [content.label for content in contents(path)] == ["a.zip!a.csv"]


@pytest.mark.parametrize(
    "name", ["../x.csv", "a/../../x.csv", "/etc/x.csv", "C:\\x.csv", "c:x.csv", "sub\\x.csv", "a/.."]
)
def test_a_name_that_leads_out_refuses_the_whole_archive_and_writes_nothing(
    project: Project, name: str
) -> None:
    path = deliver_zip(project, "a.zip", [("good.csv", CSV), (name, CSV)])
    [content] = contents(path)
    assert (content.label, content.refused_because) == ("a.zip", f"a.zip: {LEADS_OUT}")
    with pytest.raises(LandingFileError) as refused:
        read(project, content)
    assert str(refused.value) == f"a.zip: {LEADS_OUT}"
    written = [found for found in project.root.rglob("*") if found.is_file()]
    assert written == [path]


def test_a_damaged_member_hides_no_other(project: Project) -> None:
    path = project.landing / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.csv", b"no\n2\n")
    path.write_bytes(path.read_bytes().replace(b"Berlin", b"Bremen", 1))
    broken, good = contents(path)
    assert broken.refused_because == f"a.zip!a.csv: {CUT_OFF}"
    assert read(project, good) == b"no\n2\n"


def test_rubbish_around_a_zip_changes_nothing(project: Project) -> None:
    path = deliver_zip(project, "a.zip", [("a.csv", CSV)])
    path.write_bytes(path.read_bytes() + b"\n")
    assert read(project, contents(path)[0]) == CSV


@pytest.mark.parametrize("label", ["gone.csv", "gone.zip!a.csv", "here.zip!gone.csv"])
def test_content_that_has_gone_is_named(project: Project, label: str) -> None:
    deliver_zip(project, "here.zip", [("a.csv", CSV)])
    with (
        pytest.raises(
            LandingFileError, match="changed or gone since this run found it, so it is likely still"
        ),
        opened(project, label, CSV_SHA256),
    ):
        pass


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.zip"])
def test_content_that_changed_since_it_was_found_is_never_given(project: Project, name: str) -> None:
    changed = CSV + b"2,Bonn\n"
    if name == "a.zip":
        deliver_zip(project, name, [("a.csv", changed)])
    else:
        deliver(project, name, gzip.compress(changed) if name == "a.csv.gz" else changed)
    label = "a.zip!a.csv" if name == "a.zip" else name
    with pytest.raises(LandingFileError, match="changed or gone"), opened(project, label, CSV_SHA256):
        pytest.fail("given")


def test_a_file_that_changes_while_it_is_read_is_refused_at_the_end(project: Project) -> None:
    path = deliver(project, "a.csv", CSV)
    with pytest.raises(LandingFileError, match="still being written"), opened(project, "a.csv", CSV_SHA256):
        path.write_bytes(CSV + b"2,Bonn\n")


def test_a_link_that_took_the_place_of_a_file_is_not_followed(project: Project) -> None:
    secret = deliver(project, "secret", CSV)
    (project.landing / "a.csv").symlink_to(secret)
    with pytest.raises(LandingFileError, match="changed or gone"), opened(project, "a.csv", CSV_SHA256):
        pytest.fail("followed")


def test_an_exclamation_mark_in_a_name_makes_no_archive(project: Project) -> None:
    deliver_zip(project, "sale!.zip", [("50%!.csv", CSV)])
    deliver(project, "sale!.csv", CSV)
    for label in ("sale!.csv", "sale!.zip!50%!.csv"):
        with opened(project, label, CSV_SHA256) as file:
            assert file.read_bytes() == CSV


@pytest.mark.parametrize(
    ("name", "content", "own_name"),
    [
        ("50%!sale_2026-05-01.csv", CSV, "50%!sale_2026-05-01.csv"),
        ("50%!sale_2026-05-01.csv.gz", gzip.compress(CSV, mtime=0), "50%!sale_2026-05-01.csv"),
        ("50%!sale_2026-05-01.csv.gz", gzip.compress(CSV, mtime=0)[:-9], "50%!sale_2026-05-01.csv"),
        ("50%!.zip", zipped(("sub/sale_2026-05-01!.csv", CSV)), "sale_2026-05-01!.csv"),
        ("50%!.zip", zipped(("sub/sale_2026-05-01!.csv", PACKED)), "sale_2026-05-01!.csv"),
    ],
    ids=["plain", "gzip", "refused gzip", "member", "refused member"],
)
def test_an_exclamation_mark_is_part_of_the_name_from_which_facts_are_read(
    project: Project, name: str, content: bytes, own_name: str
) -> None:
    [found] = contents(deliver(project, name, content))
    assert found.name == own_name


@pytest.mark.parametrize(
    ("lying", "label", "found"),
    [
        ({"sale!.csv"}, "sale!.csv", ("sale!.csv", None)),
        ({"a.zip"}, "a.zip!sub/b!.csv", ("a.zip", "sub/b!.csv")),
        ({"a!.zip"}, "a!.zip!b.csv", ("a!.zip", "b.csv")),
        ({"a.zip", "a.zip!b.csv"}, "a.zip!b.csv", ("a.zip!b.csv", None)),
        ({"b.csv"}, "a.zip!b.csv", None),
    ],
)
def test_a_label_is_split_where_a_file_lies(
    lying: set[str], label: str, found: tuple[str, str | None] | None
) -> None:
    assert file_and_member(label, lying.__contains__) == found


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are hashed, in order."""
    names: list[str] = []

    def note(path: Path, hash_file: Callable[[Path], str] = containers.sha256_of) -> str:
        names.append(path.name)
        return hash_file(path)

    monkeypatch.setattr(containers, "sha256_of", note)
    return names


def test_an_archive_is_hashed_once_however_many_of_its_members_are_refused(
    project: Project, hashed: list[str]
) -> None:
    path = deliver(
        project, "a.zip", zipped(*[(f"{n}.csv", PACKED[:2] + b"no") for n in range(3)], ("b", b"%PDF"))
    )
    locked = path.read_bytes().replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01")
    path.write_bytes(locked.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"))
    assert [str(c.refused_because).partition(": ")[2] for c in contents(path)] == [
        "is locked with a password. Deliver it without one."
    ] * 4
    assert hashed == ["a.zip"]


def test_a_file_is_hashed_once_until_somebody_writes_to_it(
    project: Project, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_state, "QUIET_SECONDS", 0.02)  # this file system's clock ticks faster
    path = deliver(project, "a.csv", CSV)
    time.sleep(0.05)
    assert contents(path) == contents(path)
    assert hashed == ["a.csv"]
    times = path.stat()
    path.write_bytes(CSV.replace(b"Berlin", b"Bremen"))  # the same size, in place
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    time.sleep(0.05)
    [content] = contents(path)
    assert content.sha256 == hashlib.sha256(CSV.replace(b"Berlin", b"Bremen")).hexdigest()


def test_a_file_that_was_written_just_now_is_not_remembered(project: Project, hashed: list[str]) -> None:
    path = deliver(project, "a.csv", CSV)
    assert contents(path) == contents(path)
    assert hashed == ["a.csv", "a.csv"]


def test_unpacked_content_is_private_and_gone_afterwards(project: Project) -> None:
    deliver(project, "a.csv.gz", gzip.compress(CSV, mtime=0))
    with opened(project, "a.csv.gz", CSV_SHA256) as file:
        assert file.parent == project.warehouse / SPOOL
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        remove_leftovers(project.warehouse)
        assert file.read_bytes() == CSV
    assert list((project.warehouse / SPOOL).iterdir()) == []


def test_a_file_that_changes_while_it_is_hashed_is_listed_as_still_being_written(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_file = containers.sha256_of

    def grow(path: Path) -> str:
        found = hash_file(path)
        path.write_bytes(CSV + b"2,Ulm\n")
        return found

    path = deliver(project, "a.csv", CSV)
    monkeypatch.setattr(containers, "sha256_of", grow)
    [content] = contents(path)
    assert "still being written" in str(content.refused_because)


def test_a_file_that_another_process_takes_for_a_leftover_is_made_anew(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = tempfile.mkstemp
    made: list[str] = []

    def make_and_lose_the_first(**options: Any) -> tuple[int, str]:
        descriptor, name = make(**options)
        if not made:
            remove_leftovers(project.warehouse)  # between making it and locking it
        made.append(name)
        return descriptor, name

    monkeypatch.setattr(tempfile, "mkstemp", make_and_lose_the_first)
    deliver(project, "a.csv.gz", gzip.compress(CSV, mtime=0))
    with opened(project, "a.csv.gz", CSV_SHA256) as file:
        assert file.read_bytes() == CSV
    assert len(made) == 2
    assert list((project.warehouse / SPOOL).iterdir()) == []


KILLED_WHILE_READING = """
import sys
from pathlib import Path
from cdp_pipeline.extract.spool import spool_file
with spool_file(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_behind_is_removed(project: Project) -> None:
    command = [sys.executable, "-c", KILLED_WHILE_READING, str(project.warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        remove_leftovers(project.warehouse)
        assert len(list((project.warehouse / SPOOL).iterdir())) == 1
        process.send_signal(signal.SIGKILL)
    remove_leftovers(project.warehouse)
    assert list((project.warehouse / SPOOL).iterdir()) == []


def test_a_file_that_may_not_be_read_says_so(project: Project) -> None:
    path = deliver(project, "a.csv", CSV)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert refusal(path) == "a.csv: cannot be opened: permission denied. Let the pipeline's user read it."


def test_caps_hold_for_opening_as_for_listing(project: Project) -> None:
    deliver(project, "a.gz", gzip.compress(b"0" * 4_000, mtime=0))
    sha256 = hashlib.sha256(b"0" * 4_000).hexdigest()
    with pytest.raises(LandingFileError, match="10 times"), opened(project, "a.gz", sha256, SMALL_CAPS):
        pytest.fail("given")
    with opened(project, "a.gz", sha256, replace(SMALL_CAPS, ratio=10_000)) as file:
        assert file.stat().st_size == 4_000
