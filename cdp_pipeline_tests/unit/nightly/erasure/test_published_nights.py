"""Taking people out of published nights: databases, files for platforms, manifest, and the `current` link."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.erasure.published_nights import erase_from_nights, handles_of_night
from cdp_pipeline.privacy.handles import Handles
from cdp_pipeline.publish import rewritten_night
from cdp_pipeline.publish.manifest import Manifest, read_manifest, sha256_of
from cdp_pipeline.publish.night_folder import current_night, published_nights
from cdp_pipeline_tests.conftest import PublishedNights

ERASURE = 7


@dataclass
class Copied:
    """Both sample nights, copied, and a person who is in a file for a platform."""

    project: Project
    customer_id: str
    email: str
    handles: Handles

    @property
    def folders(self) -> list[Path]:
        return published_nights(self.project.published)


@pytest.fixture(scope="module")
def person(nights: PublishedNights) -> tuple[str, str, Handles]:
    """Somebody who stands in three files for platforms."""
    with Engine.open(nights.first / "identified.duckdb", read_only=True) as engine:
        [(customer, email)] = engine.fetch_all(
            "select customer_id, max(contact_value) filter (contact_kind = 'email') from activate.activation_row"
            " group by customer_id order by count(distinct activation) desc, customer_id limit 1"
        )
        handles = handles_of_night(nights.project, engine, Handles.of([("customer", "", "", customer)]))
    return customer, email, handles


@pytest.fixture
def copied(nights: PublishedNights, tmp_path: Path, person: tuple[str, str, Handles]) -> Copied:
    return copy(nights, tmp_path, person)


def copy(nights: PublishedNights, root: Path, person: tuple[str, str, Handles]) -> Copied:
    shutil.copytree(nights.root / "data" / "published", root / "data" / "published", symlinks=True)
    return Copied(replace(nights.project, root=root), *person)


@dataclass
class Erased:
    """Both nights without the person, what the erasure said of each, and the folder of the first as it was."""

    now: Copied
    said: list[rewritten_night.RewrittenNight]
    first: Path
    second: Path


@pytest.fixture(scope="module")
def erased(
    nights: PublishedNights, person: tuple[str, str, Handles], tmp_path_factory: pytest.TempPathFactory
) -> Erased:
    """Erased once, to be read alone."""
    copied = copy(nights, tmp_path_factory.mktemp("erased"), person)
    said = list(erase_from_nights(copied.project, copied.handles, ERASURE))
    return Erased(copied, said, nights.first, nights.second)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def mentioned(folder: Path, text: str) -> int:
    return sum(bytes_of(folder).lower().count(text.encode(encoding)) for encoding in ("utf-8", "utf-16-le"))


def files_hold(manifest: Manifest, folder: Path) -> bool:
    return all(sha256_of(folder / file.path) == file.sha256 for file in manifest.files)


def test_no_byte_of_the_person_is_left_in_any_night(erased: Erased) -> None:
    person = erased.now
    spellings = [
        person.email, person.customer_id, hashlib.sha256(person.email.encode()).hexdigest(),
        hashlib.sha256(f"{person.project.pseudonym_key}{person.customer_id}".encode()).hexdigest()[:24],
    ]  # fmt: skip
    assert all(mentioned(erased.first, spelling) for spelling in spellings)
    assert [night.before for night in erased.said] == ["2026-05-04-first", "2026-05-05-second"]
    assert {
        spelling: mentioned(person.project.published, spelling) for spelling in spellings
    } == dict.fromkeys(spellings, 0)


def test_everyone_else_stays_as_they_were(erased: Erased) -> None:
    before, after = read_manifest(erased.first), read_manifest(erased.now.folders[0])
    [first, _] = erased.said
    rows = {file.path: file.rows for file in after.files}
    for file in before.files:
        if isinstance(file.rows, dict):
            gone = {table: first.rows.get(f"{file.path}:{table}", 0) for table in file.rows}
            assert {table: count - gone[table] for table, count in file.rows.items()} == rows[file.path]
        elif file.rows is not None:
            assert rows[file.path] == file.rows - first.lines.get(file.path, 0)
    assert len(first.lines) > 1


def test_the_person_alone_leaves_the_files_for_platforms(erased: Erased) -> None:
    [first, _] = erased.said
    email = erased.now.email.encode()
    sent = [email, hashlib.sha256(email).hexdigest().encode()]
    for path in (erased.now.folders[0] / "activations").iterdir():
        lines = (erased.first / "activations" / path.name).read_bytes().splitlines(keepends=True)
        kept = path.read_bytes().splitlines(keepends=True)
        gone = [line for line in lines if line not in kept]
        assert len(gone) == first.lines.get(f"activations/{path.name}", 0)
        assert all(any(spelling in line for spelling in sent) for line in gone)


def test_the_manifest_tells_the_truth_and_says_which_erasure_it_was(erased: Erased) -> None:
    for folder in erased.now.folders:
        manifest = read_manifest(folder)
        assert files_hold(manifest, folder)
        assert manifest.erased_requests == [ERASURE]


def test_order_and_current_stay_and_no_path_of_before_is_used_again(erased: Erased) -> None:
    folders, published = erased.now.folders, erased.now.project.published
    assert [folder.name for folder in folders] == [
        "2026-05-04-first-rewritten1",
        "2026-05-05-second-rewritten1",
    ]
    assert current_night(published) == folders[1]
    assert sorted(path.name for path in published.iterdir()) == [*(f.name for f in folders), "current"]


def test_comments_of_tables_and_columns_stay(erased: Erased) -> None:
    assert comments_in(erased.now.folders[1]) == comments_in(erased.second)


def comments_in(folder: Path) -> list[tuple[str, ...]]:
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        return engine.fetch_all(
            "select table_name, '', comment from duckdb_tables()"
            " union all select table_name, column_name, comment from duckdb_columns() where not internal order by all"
        )


def test_a_second_time_nothing_is_left_to_do(erased: Erased) -> None:
    assert list(erase_from_nights(erased.now.project, erased.now.handles, ERASURE)) == []


@pytest.mark.parametrize("step", ["rewrite_database", "point_current_to", "shutil.rmtree"])
def test_killed_anywhere_a_second_try_ends_with_the_person_gone(
    copied: Copied, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = copied.project.published
    with monkeypatch.context() as patch:
        patch.setattr(f"{rewritten_night.__name__}.{step}", _die)
        with pytest.raises(KeyboardInterrupt):
            list(erase_from_nights(copied.project, copied.handles, ERASURE))
    whole = current_night(published)
    assert whole is not None
    assert files_hold(read_manifest(whole), whole)

    list(erase_from_nights(copied.project, copied.handles, ERASURE))

    assert len(copied.folders) == 2
    assert current_night(published) == copied.folders[1]
    assert sum(mentioned(folder, copied.email) for folder in copied.folders) == 0


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
