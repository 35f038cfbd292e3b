"""Going back to an older night: nobody who was erased or withdrew since comes back with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.erasures import start_erasure
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly import rollback
from cdp_pipeline.nightly.erasure.tombstones import digests_of
from cdp_pipeline.nightly.rollback import roll_back
from cdp_pipeline.privacy.find_handles import find_handles
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.sample_project import open_project

LAST_IN_BOTH = """
    select contact_value from activate.activation_row
    where contact_kind = 'email' and not is_hashed
    order by contact_value desc limit 1
"""


def copy_of(nights: PublishedNights, root: Path) -> Project:
    """Both nights, and the working file of the second one."""
    data = nights.root / "data"
    shutil.copytree(data / "published", root / "data" / "published", symlinks=True)
    (root / "data" / "warehouse").mkdir()
    shutil.copy(data / "warehouse" / "work.duckdb", root / "data" / "warehouse")
    return open_project(root, 2)


@pytest.fixture
def project(nights: PublishedNights, tmp_path: Path) -> Project:
    return copy_of(nights, tmp_path)


@pytest.fixture(scope="module")
def plainly(nights: PublishedNights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The older night as readers get it when nobody refused anything but what the sample's second night brings."""
    _, target = roll_back(copy_of(nights, tmp_path_factory.mktemp("plainly")))
    return target


def audiences(folder: Path) -> dict[str, set[str]]:
    """Lines of the files for platforms, by the part of the name that both nights share."""
    return {
        path.name[: -len("-2026-05-04.csv")]: set(path.read_text(encoding="utf-8").splitlines())
        for path in sorted((folder / "activations").iterdir())
    }


def sent_in(folder: Path, email: str) -> bool:
    return any(email in line for lines in audiences(folder).values() for line in lines)


def somebody_sent(project: Project) -> str:
    with Engine.open(project.published / "2026-05-04-first" / "identified.duckdb", read_only=True) as engine:
        return str(engine.fetch_value(LAST_IN_BOTH))


def change_today(project: Project, sql: str, *values: object) -> None:
    with Engine.open(project.working_file) as engine:
        engine.execute(sql, list(values))


def withdraw(project: Project, email: str) -> None:
    change_today(
        project,
        "insert into standardise.consent_event by name select * replace ('withdrawn' as status,"
        " timestamp '2026-05-05 10:00' as occurred_at) from standardise.consent_event where contact_value = $1"
        " and purpose = 'marketing' limit 1",
        email,
    )


def suppress(project: Project, email: str) -> None:
    change_today(
        project,
        "insert into standardise.suppression by name"
        " select 'list' as source_system, 'any' as channel, 'email' as contact_kind, $1 as contact_value",
        email,
    )


def complain(project: Project, email: str) -> None:
    change_today(
        project,
        "insert into standardise.email_event by name select 'complained' as event, $1 as email,"
        " timestamp '2026-05-05 10:00' as occurred_at, 'news' as source_system, 'x' as email_event_id",
        email,
    )


@pytest.mark.parametrize("refuse", [withdraw, suppress, complain])
def test_whoever_refused_since_is_in_no_file_of_the_older_night(
    project: Project, plainly: Path, refuse: Callable[[Project, str], None]
) -> None:
    email = somebody_sent(project)
    assert sent_in(plainly, email)
    refuse(project, email)

    _, target = roll_back(project)

    assert current_night(project.published) == target
    assert not sent_in(target, email)
    gone = {name: lines - audiences(target)[name] for name, lines in audiences(plainly).items()}
    assert [email in line for lines in gone.values() for line in lines] == [True]
    with Engine.open(target / "identified.duckdb", read_only=True) as engine:
        left = engine.fetch_value(
            "select count(*) from activate.activation_row where sent_value = ?", [email]
        )
    assert left == 0


def test_whoever_was_erased_since_is_in_nothing_of_the_older_night(project: Project) -> None:
    email = somebody_sent(project)
    with Engine.open(project.published / "2026-05-05-second" / "identified.duckdb", read_only=True) as engine:
        customer = engine.fetch_value(
            "select min(customer_id) from golden.customer_contact where contact_value = ?", [email]
        )
        handles = find_handles(engine, [customer])
    number = start_erasure(project, "me", "letter", 1, digests_of(project, handles))
    assert email.encode() in (project.published / "2026-05-04-first" / "identified.duckdb").read_bytes()

    _, target = roll_back(project)

    assert not sent_in(target, email)
    assert email.encode() not in (target / "identified.duckdb").read_bytes()
    assert read_manifest(target).erased_requests == [number]


def test_where_the_working_file_is_lost_the_current_night_tells(project: Project) -> None:
    email = somebody_sent(project)
    project.working_file.unlink()
    with Engine.open(project.published / "2026-05-05-second" / "identified.duckdb") as engine:
        engine.execute(
            "update standardise.consent_event set status = 'withdrawn', occurred_at = timestamp '2026-05-05 10:00'"
            " where contact_value = ?",
            [email],
        )

    _, target = roll_back(project)

    assert not sent_in(target, email)


def test_nothing_moves_when_it_cannot_be_told_who_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rollback, "activations_in_doubt", fail)
    with pytest.raises(KeyboardInterrupt):
        roll_back(project)

    assert (project.published / "current").readlink() == Path("2026-05-05-second")
