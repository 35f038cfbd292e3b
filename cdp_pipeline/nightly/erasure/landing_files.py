"""Taking people's records out of the files that were delivered, and out of what was read from databases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.erasures import tombstones
from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.working_file import open_working_file
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.containers import opened
from cdp_pipeline.extract.deliveries import Delivery, find_deliveries
from cdp_pipeline.extract.erased import ERASED_TABLE, TOMBSTONE_TABLE, create_tombstone, filter_of
from cdp_pipeline.extract.readers import library_errors_in_words, open_reading
from cdp_pipeline.extract.rewriting.landing import RewrittenLanding, rewrite_landing
from cdp_pipeline.extract.rewritten_table import note_rewritten
from cdp_pipeline.night import Night
from cdp_pipeline.privacy.handles import LINE, Handles
from cdp_pipeline.stages import Stage

HELD_WHOLE = "select file_id from extract.file where loaded_at is not null and dropped_on is null"
"""Files whose records stand in the raw tables, so that the handles tell the lines."""


def erase_from_landing(project: Project, handles: Handles) -> RewrittenLanding:
    """Rewrite every delivered file that holds records of the people; the tombstones must be on record.

    Files whose records the working file does not hold, new ones and old lists among them, are read for it.
    """
    lines: defaultdict[str, set[int]] = defaultdict(set)
    for handle in handles.of_kind(LINE):
        lines[handle.name].add(int(handle.value))
    for delivery in _unheld(project):
        lines[delivery.file_id] |= set(_erased_lines(project, delivery))
    done = rewrite_landing(project, lines)
    if project.working_file.exists():
        with open_working_file(project) as engine:
            if engine.table_exists("extract.file") and engine.table_exists("extract.delivery"):
                note_rewritten(_night(project, engine), done)
    return done


def _unheld(project: Project) -> Iterable[Delivery]:
    """Return deliveries whose lines nothing in the working file tells."""
    held: set[str] = set()
    if project.working_file.exists():
        with open_working_file(project) as engine:
            if engine.table_exists("extract.file"):
                held.update(engine.fetch_column(HELD_WHOLE))
    deliveries = find_deliveries(project) if project.landing.is_dir() else ()
    return [one for one in deliveries if one.file_id not in held and one.refused_because is None]


def _erased_lines(project: Project, delivery: Delivery) -> list[int]:
    """Return the lines of a delivery that loading would keep out; none of one that cannot be read."""
    layout = project.reading(delivery.source_system, delivery.layout)
    with Engine.open() as engine:
        engine.create_schemas([Stage.EXTRACT])
        night = _night(project, engine)
        create_tombstone(night)
        with engine.arrow_view(tombstones(project)) as known:
            engine.execute(f"insert into {TOMBSTONE_TABLE} by name from {known}")
        erasure = filter_of(night, layout, delivery.source_system, delivery.file_id)
        if erasure is None:
            return []
        try:
            with (
                opened(project, delivery.path, delivery.sha256) as content,
                library_errors_in_words(delivery.path),
            ):
                for batch in open_reading(content, layout, delivery.path).batches():
                    with engine.arrow_view(batch.records) as view:
                        erasure.note_records(view)
                    with engine.arrow_view(batch.unparsed) as view:
                        erasure.note_unparsed(view)
        except LandingFileError:
            return []
        return engine.fetch_column(f"select distinct line from {ERASED_TABLE} order by line")


def _night(project: Project, engine: Engine) -> Night:
    return Night(engine, project, datetime.now(UTC).date(), "erasure")
