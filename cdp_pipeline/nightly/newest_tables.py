"""Which tables show the newest night to a person: those published last, or those of a later night that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.run_record import Outcome, read_run_record, running_since
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import current_night


@dataclass(frozen=True)
class NewestTables:
    """The tables of the newest night, and which night that is."""

    engine: Engine
    business_date: date | None
    is_published: bool

    @property
    def in_words(self) -> str:
        """Name the night; one that was not published says so."""
        night = f"Night {self.business_date}" if self.business_date else "A night"
        return f"{night}, {'as published' if self.is_published else 'which is not published'}."


@contextmanager
def open_newest_tables(project: Project) -> Iterator[NewestTables]:
    """Open the published night, or the working file where that holds a later night that was not published.

    Raises:
        NightError: there is neither, or nothing is published and a night is writing the working file.
    """
    folder = current_night(project.published)
    is_published = folder is not None and not _working_file_is_newer(project, folder)
    path = folder / "identified.duckdb" if folder and is_published else project.working_file
    if not folder and running_since(project):
        raise NightError(f"{path}: nothing is published yet, and a night is running. Wait for it to end.")
    if not path.exists():
        raise NightError(f"{project.root}: no night was run yet, so nothing was kept out. Run one: cdp run.")
    with Engine.open(path, read_only=True) as engine:
        if not engine.table_exists("validate.quarantine"):
            raise NightError(f"{path}: no night got as far as judging records. Run one: cdp run.")
        night = read_manifest(folder).business_date if folder and is_published else _night_of(engine)
        yield NewestTables(engine, night, is_published)


def _night_of(engine: Engine) -> date | None:
    """Tell which night a working file holds."""
    if not engine.table_exists("extract.night"):
        return None
    newest: date | None = engine.fetch_value("select max(business_date) from extract.night")
    return newest


def _working_file_is_newer(project: Project, folder: Path) -> bool:
    """Tell whether a run after the published night failed, and has left what it found for us to read."""
    run = read_run_record(project)
    if run is None or run.outcome is not Outcome.FAILED or running_since(project):
        return False
    return run.started_at > read_manifest(folder).published_at and project.working_file.exists()
