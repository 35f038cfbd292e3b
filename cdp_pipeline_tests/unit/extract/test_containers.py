"""What delivered files hold, and giving it as a file on local disk."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.archives import CAPS, Caps
from cdp_pipeline.extract.containers import Content, contents_of, opened
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


def read(project: Project, content: Content) -> bytes:
    with opened(project, content.label, content.sha256) as file:
        return file.read_bytes()


def test_a_plain_file_is_its_own_content_and_is_read_where_it_lies(project: Project) -> None:
    path = deliver(project, "a.csv", CSV)
    assert contents(path) == [Content("a.csv", "a.csv", CSV_SHA256, len(CSV))]
    with opened(project, "a.csv", CSV_SHA256) as file:
        assert file == path


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv"])
def test_a_gzip_is_known_by_its_content_whatever_its_name(project: Project, name: str) -> None:
    [content] = contents(deliver(project, name, gzip.compress(CSV)))
    assert content == Content(name, "a.csv", CSV_SHA256, len(CSV))
    assert read(project, content) == CSV


def test_a_gzip_of_several_streams_is_one_content(project: Project) -> None:
    packed = gzip.compress(CSV[:9]) + gzip.compress(CSV[9:]) + b"\0" * 512  # padding of tapes
    [content] = contents(deliver(project, "a.csv.gz", packed))
    assert (content.sha256, content.refused_because) == (CSV_SHA256, None)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(CSV)[:-9],
        gzip.compress(CSV)[:-8] + b"\0\0\0\0" + gzip.compress(CSV)[-4:],
        gzip.compress(CSV) + b"rubbish",
        gzip.compress(CSV)[:12] + b"\xff" * 10,
        b"\x1f\x8b",
    ],
    ids=["cut off", "wrong checksum", "followed by rubbish", "damaged", "header alone"],
)
def test_a_gzip_that_does_not_hold_together_is_refused(project: Project, packed: bytes) -> None:
    path = deliver(project, "a.csv.gz", packed)
    assert refusal(path).startswith("a.csv.gz: cannot be unpacked to its end: damaged")


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


def test_a_member_of_a_kind_that_nobody_reads_is_listed_with_the_reason(project: Project) -> None:
    path = deliver_zip(project, "a.zip", [("a.csv", CSV), ("read me.pdf", b"%PDF-1.7")])
    assert [(content.label, content.refused_because) for content in contents(path)] == [
        ("a.zip!a.csv", None),
        (
            "a.zip!read me.pdf",
            "a.zip!read me.pdf: is a PDF document. Export the data as CSV, JSON Lines, Parquet or XLSX.",
        ),
    ]


@pytest.mark.parametrize("inner", [gzip.compress(CSV), b"PK\x05\x06" + b"\0" * 18], ids=["gzip", "zip"])
def test_an_archive_within_an_archive_is_refused(project: Project, inner: bytes) -> None:
    path = deliver_zip(project, "a.zip", [("a.csv", CSV), ("b", inner)])
    assert [content.refused_because is None for content in contents(path)] == [True, False]
    assert "file within an archive. Deliver it on its own" in str(contents(path)[1].refused_because)
    assert "within an archive" in refusal(deliver(project, "a.gz", gzip.compress(inner)))


@pytest.mark.parametrize(
    "name", ["../x.csv", "a/../../x.csv", "/etc/x.csv", "C:\\x.csv", "c:x.csv", "sub\\x.csv", "a/.."]
)
def test_a_name_that_leads_out_refuses_the_whole_archive_and_writes_nothing(
    project: Project, name: str
) -> None:
    path = deliver_zip(project, "a.zip", [("good.csv", CSV), (name, CSV)])
    assert "a member's name leads out of the archive" in refusal(path)
    [content] = contents(path)
    assert content.label == "a.zip"
    with pytest.raises(LandingFileError, match="leads out of the archive"):
        read(project, content)
    written = [found for found in project.root.rglob("*") if found.is_file()]
    assert written == [path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_refuse_the_archive(project: Project) -> None:
    path = deliver_zip(project, "a.zip", [("a.csv", CSV), ("a.csv", b"no\n")])
    assert "two members have the same name" in refusal(path)


def test_a_symbolic_link_as_member_is_refused(project: Project) -> None:
    path = project.landing / "a.zip"
    link = zipfile.ZipInfo("passwords.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(path).startswith("a.zip!passwords.csv: is a symbolic link, not a file")


def test_a_member_with_a_password_is_refused(project: Project) -> None:
    path = deliver_zip(project, "a.zip", [("a.csv", CSV)])
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the encryption flags of the local header and of the table of contents
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refusal(path) == "a.zip!a.csv: is locked with a password. Deliver it without one."


def test_a_damaged_member_hides_no_other(project: Project) -> None:
    path = project.landing / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.csv", b"no\n2\n")
    path.write_bytes(path.read_bytes().replace(b"Berlin", b"Bremen", 1))
    broken, good = contents(path)
    assert "a.zip!a.csv: cannot be unpacked to its end" in str(broken.refused_because)
    assert read(project, good) == b"no\n2\n"
    with pytest.raises(LandingFileError, match="cannot be unpacked to its end"):
        read(project, broken)


@pytest.mark.parametrize("cut", [10, -1, -30])
def test_a_zip_that_was_cut_off_is_refused(project: Project, cut: int) -> None:
    path = deliver_zip(project, "a.zip", [("a.csv", CSV)])
    path.write_bytes(path.read_bytes()[:cut])
    assert refusal(path).startswith("a.zip: not a readable ZIP archive: damaged or cut off")


def test_a_zip_without_a_file_is_not_passed_over_in_silence(project: Project) -> None:
    assert "holds no file" in refusal(deliver_zip(project, "a.zip", [("sub/", b"")]))


def test_rubbish_around_a_zip_changes_nothing(project: Project) -> None:
    path = deliver_zip(project, "a.zip", [("a.csv", CSV)])
    path.write_bytes(path.read_bytes() + b"\n")
    assert read(project, contents(path)[0]) == CSV


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("a.csv", os.urandom(6_000))], "a.zip!a.csv: unpacks to more than 5000 bytes"),
        (
            [(name, os.urandom(4_500)) for name in ("a.csv", "b.csv")],
            "a.zip: unpacks to more than 8000 bytes",
        ),
        ([("a.csv", b"0" * 4_000)], "a.zip: unpacks to more than 10 times its size"),
        ([(name, b"") for name in ("a.csv", "b.csv", "c.csv")], "a.zip: more than 2 members"),
    ],
    ids=["member size", "total size", "ratio", "members"],
)
def test_a_zip_bomb_is_refused_as_a_whole_while_it_unpacks(
    project: Project, members: list[tuple[str, bytes]], message: str
) -> None:
    assert refusal(deliver_zip(project, "a.zip", members), SMALL_CAPS).startswith(message)


def test_a_gzip_bomb_is_refused_while_it_unpacks(project: Project) -> None:
    assert "10 times its size" in refusal(deliver(project, "a.gz", gzip.compress(b"0" * 4_000)), SMALL_CAPS)


def test_sizes_that_headers_claim_are_not_trusted(project: Project) -> None:
    path = deliver_zip(project, "a.zip", [("a.csv", b"0" * 4_000)])
    content = bytearray(path.read_bytes())
    content[22:26] = (5).to_bytes(4, "little")
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (5).to_bytes(4, "little")
    path.write_bytes(content)
    assert refusal(path) is not None


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


def test_unpacked_content_is_private_and_gone_afterwards(project: Project) -> None:
    deliver(project, "a.csv.gz", gzip.compress(CSV))
    with opened(project, "a.csv.gz", CSV_SHA256) as file:
        assert file.parent == project.warehouse / SPOOL
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        remove_leftovers(project.warehouse)
        assert file.read_bytes() == CSV
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
    assert "permission denied" in refusal(path)


def test_caps_hold_for_opening_as_for_listing(project: Project) -> None:
    deliver(project, "a.gz", gzip.compress(b"0" * 4_000))
    sha256 = hashlib.sha256(b"0" * 4_000).hexdigest()
    with pytest.raises(LandingFileError, match="10 times"), opened(project, "a.gz", sha256, SMALL_CAPS):
        pytest.fail("given")
    with opened(project, "a.gz", sha256, replace(SMALL_CAPS, ratio=10_000)) as file:
        assert file.stat().st_size == 4_000
