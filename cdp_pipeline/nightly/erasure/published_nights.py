"""Taking people out of every published night: both databases and the files for platforms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.delivered_identity import identities_in_text
from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.engine.engine import EngineOptions
from cdp_pipeline.privacy.find_handles import find_handles
from cdp_pipeline.privacy.forgetting import condition_of, count_rows, forget
from cdp_pipeline.privacy.handles import CONTACT, IDENTITY, LINE, Handle, Handles, handles_in, values_of
from cdp_pipeline.privacy.histories import MEMBERSHIPS, forget_memberships
from cdp_pipeline.publish.databases import ANALYST, IDENTIFIED, PSEUDONYM_LENGTH
from cdp_pipeline.publish.manifest import Manifest, read_manifest
from cdp_pipeline.publish.night_folder import published_nights
from cdp_pipeline.publish.rewritten_night import (
    NightChanges,
    RewrittenNight,
    count_lines,
    finish_replacing,
    rewrite_night,
)

SENT = "activate.activation_row"


def erase_from_nights(project: Project, handles: Handles, erasure_id: int) -> Iterator[RewrittenNight]:
    """Yield each published night that held anything of the people, once it no longer does; oldest first.

    May be repeated: a night that holds nothing of them is left as it is.

    Raises:
        NightError: a manifest is missing or damaged.
    """
    finish_replacing(project.published)
    for folder in published_nights(project.published):
        if found := erase_from_night(project, folder, handles, (erasure_id,)):
            yield found


def erase_from_night(
    project: Project, folder: Path, handles: Handles, erasures: tuple[int, ...]
) -> RewrittenNight | None:
    """Take people out of one published night; nothing if it holds nothing of them.

    Raises:
        NightError: the manifest is missing or damaged.
    """
    manifest, options = read_manifest(folder), _options(project)
    with Engine.open(folder / IDENTIFIED, options, read_only=True) as engine:
        own = handles_of_night(project, engine, handles)
        lines = lines_of_people(engine, folder, manifest, own)
        is_held = bool(count_rows(engine, own))
    pseudonyms = pseudonymised(project, own)
    with Engine.open(folder / ANALYST, options, read_only=True) as engine:
        is_held = is_held or bool(count_rows(engine, pseudonyms))
    if not is_held:
        return None
    return rewrite_night(
        folder,
        NightChanges(
            databases={
                IDENTIFIED: lambda engine: forget(engine, own, own_rules={MEMBERSHIPS: forget_memberships}),
                ANALYST: lambda engine: forget(engine, pseudonyms),
            },
            lines=lines,
            erasures=erasures,
        ),
        options,
    )


def handles_of_night(project: Project, engine: Engine, handles: Handles) -> Handles:
    """Add by what else the people are known in a night, such as an address that they have no longer.

    Lines of files that the working file has dropped since are told by the records themselves.
    """
    contacts = [(handle.name, handle.value) for handle in handles.of_kind(CONTACT)]
    known = handles + find_handles(engine, handles.customer_ids, contacts)
    lines = [Handle(LINE, "", *place) for place in _places_in_text(project, engine, known)]
    return known + Handles.of(lines)


RECORDS_AS_TEXT = {"validate.quarantine": "raw_record", "validate.record_history": "record"}
"""Tables of a published night that hold whole records, and the column in which."""


def _places_in_text(project: Project, engine: Engine, handles: Handles) -> Iterator[tuple[str, str]]:
    """Yield file and line of the people's records among those that are kept as text."""
    countries = {name: source.country for name, source in project.sources.items()}
    with handles_in(engine, handles):
        for table, column in RECORDS_AS_TEXT.items():
            for name in engine.fetch_column(f"select distinct layout from {table} order by 1"):
                records = (
                    f"(select source_system, file_id, line, {column} as raw_record from {table}"
                    f" where layout = {quote_literal(name)})"
                )
                layout = project.layouts.get(name)
                if layout and (identities := identities_in_text(layout, records, countries)):
                    yield from engine.fetch_all(
                        f"select distinct file_id, line::varchar from ({identities})"
                        f" where identity in {values_of(IDENTITY)}"
                    )


def pseudonymised(project: Project, handles: Handles) -> Handles:
    """Return the handles as the analysts' file has them: values that are pseudonyms there, and all others as well."""
    key = project.pseudonym_key
    rekeyed = [
        Handle(*handle[:3], hashlib.sha256(f"{key}{handle.value}".encode()).hexdigest()[:PSEUDONYM_LENGTH])
        for handle in handles.rows
        if handle.kind != LINE
    ]
    return handles + Handles.of(rekeyed)


def lines_of_people(
    engine: Engine, folder: Path, manifest: Manifest, handles: Handles
) -> dict[str, list[int]]:
    """Return which data lines of each activation file are about the people, by path in the folder."""
    with handles_in(engine, handles):
        return lines_where(engine, folder, manifest, condition_of(SENT, engine.describe(f"from {SENT}")))


def lines_where(engine: Engine, folder: Path, manifest: Manifest, condition: str) -> dict[str, list[int]]:
    """Return the data lines, from 0, of the customers of whom any row of `activate.activation_row` is meant.

    A file has one line per customer, by customer id. One that does not fit the table goes whole, but for its header:
    nobody could tell whose lines are whose.
    """
    lines = {}
    for file in manifest.files:
        if file.activation is None:
            continue
        is_out = engine.fetch_column(
            f"select bool_or(coalesce({condition}, false)) from {SENT} where activation = ?"
            " group by customer_id order by customer_id",
            [file.activation],
        )
        count = count_lines(folder / file.path)
        whose = is_out if len(is_out) == count else [any(is_out)] * count
        if gone := [at for at, out in enumerate(whose) if out]:
            lines[file.path] = gone
    return lines


def _options(project: Project) -> EngineOptions:
    settings = project.settings.engine
    return EngineOptions(settings.threads, settings.memory_limit, project.warehouse / "spill")
