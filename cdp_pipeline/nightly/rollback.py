"""Going back to the night before, without going back on erasures and refusals that came since.

The older night is brought to what is known today before `current` moves: who was erased is not in it, and files for
platforms lack everyone about whom the gates of privacy would stop a night today. What is known today stands in the
working file; where that is lost, the current night tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import record_event
from cdp_pipeline.control.erasures import tombstones
from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.engine.working_file import writer_lock
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.erasure.published_nights import SENT, erase_from_night, lines_where
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.privacy.consent_gate import activations_in_doubt
from cdp_pipeline.privacy.handles import Handles
from cdp_pipeline.privacy.tombstoned import find_tombstoned
from cdp_pipeline.publish.databases import IDENTIFIED
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import current_night, point_current_to, published_nights
from cdp_pipeline.publish.rewritten_night import NightChanges, finish_replacing, rewrite_night
from cdp_pipeline.stages import Stage

COMMAND = "cdp admin rollback"

OLD_ROW = "activation || chr(31) || customer_id"
"""Each customer of each file passes the gates by itself."""


def roll_back(project: Project) -> tuple[Path, Path]:
    """Point `current` to the night before it, once that holds nobody who was erased or withdrew since.

    Returns:
        The folder that was current and the one that is now.

    Raises:
        NightError: there is no earlier night.
    """
    finish_replacing(project.published)
    nights, current = published_nights(project.published), current_night(project.published)
    earlier = nights[: nights.index(current)] if current in nights else []
    if current is None or not earlier:
        raise NightError(f"{project.published}: there is no earlier night to roll back to.")
    with _lock(project):
        target = _without_refusals(project, _without_erased(project, earlier[-1]), current)
        point_current_to(target)
    record_event(project, "rolled back", f"{current.name} → {target.name}")
    return current, target


@contextmanager
def _lock(project: Project) -> Iterator[None]:
    """Keep nights out, if there can be any."""
    if not project.warehouse.is_dir():
        yield
        return
    with writer_lock(project.warehouse, COMMAND):
        yield


def _without_erased(project: Project, folder: Path) -> Path:
    """Take people out whom a backup, or a night kept elsewhere, brought back; returns the folder of the night."""
    known = tombstones(project)
    if not len(known):
        return folder
    with Engine.open(folder / IDENTIFIED, read_only=True) as engine:
        handles = find_tombstoned(engine, known["digest"].to_pylist(), project.erasure_key)
    return _replaced(project, folder, handles, tuple(sorted(set(known["erasure_id"].to_pylist()))))


def _replaced(project: Project, folder: Path, handles: Handles, erasures: tuple[int, ...]) -> Path:
    done = erase_from_night(project, folder, handles, erasures) if len(handles) else None
    return folder.with_name(done.after) if done else folder


def _without_refusals(project: Project, folder: Path, current: Path) -> Path:
    """Take everyone out of the files for platforms who may not be in them today; returns the folder of the night."""
    manifest = read_manifest(folder)
    if not any(file.activation for file in manifest.files):
        return folder
    refused = _refused_rows(project, folder, current)
    if not refused:
        return folder
    out = f"{OLD_ROW} in ({', '.join(map(quote_literal, refused))})"
    with Engine.open(folder / IDENTIFIED, read_only=True) as engine:
        lines = lines_where(engine, folder, manifest, out)
    changes = NightChanges(databases={IDENTIFIED: partial(_delete_sent, out)}, lines=lines)
    return folder.with_name(rewrite_night(folder, changes).after)


def _delete_sent(condition: str, engine: Engine) -> dict[str, int]:
    return {SENT: int(engine.fetch_value(f"delete from {SENT} where {condition}"))}


def _refused_rows(project: Project, folder: Path, current: Path) -> list[str]:
    """Return the rows of the older night that no night would publish today, as `OLD_ROW`, in order."""
    source = project.working_file if project.working_file.exists() else current / IDENTIFIED
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        engine.execute(f"attach {quote_literal(str(source))} as today (read_only)")
        engine.execute(f"attach {quote_literal(str(folder / IDENTIFIED))} as older (read_only)")
        _lay_out(project, engine)
        return sorted(activations_in_doubt(engine))


def _lay_out(project: Project, engine: Engine) -> None:
    """Show today's tables under their own names, and in place of the rows to be sent those of the older night."""
    there = set(
        engine.fetch_column(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'today'"
            " union select schema_name || '.' || view_name from duckdb_views() where database_name = 'today'"
            " and not internal"
        )
    )
    for model in load_graph(project):
        name = model.full_name
        if name in {SENT, KINDS}:
            continue
        if name in there:
            engine.execute(f"create view {name} as from today.{name}")
        else:
            engine.execute(f"create table {name} ({model.contract.column_definitions})")
    engine.execute(f"create table {SENT} as select * replace ({OLD_ROW} as activation) from older.{SENT}")
    engine.execute(
        f"create table {KINDS} as select k.* replace (s.row_name as activation)"
        f" from older.{KINDS} as k join (select distinct activation, {OLD_ROW} as row_name from older.{SENT}) as s"
        " using (activation)"
    )


KINDS = "activate.activation_contact_kind"
