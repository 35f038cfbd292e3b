"""Comparing runs of linkage: two published nights, or the last night and what another configuration would give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from cdp_pipeline.contracts.base import read_contract
from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline.engine import Engine, EngineOptions, Say, say_nothing
from cdp_pipeline.errors import ConfigError, NightError
from cdp_pipeline.link.difference import Difference, Run, find_difference
from cdp_pipeline.link.edges import MODEL_FILE, find_edges
from cdp_pipeline.link.link_state import SCHEMA
from cdp_pipeline.link.splink_model import read_model
from cdp_pipeline.link.statistics import read_statistics
from cdp_pipeline.link.workspace import RECORD_KEY, open_workspace
from cdp_pipeline.nightly.last_night import open_last_night
from cdp_pipeline.publish.manifest import Manifest, read_manifest
from cdp_pipeline.publish.night_folder import published_nights

if TYPE_CHECKING:
    from pathlib import Path

    from cdp_pipeline.contracts.project import Project

Row = dict[str, Any]

RECORDS = f"select {', '.join(RECORD_KEY)}, customer_id from link.customer_source_record"

EDGE_COLUMNS = ", ".join(
    [
        *(f"{side}_{column}" for side in ("left", "right") for column in RECORD_KEY),
        "edge_kind", "edge_name", "match_weight", "vetoed_by",
    ]
)  # fmt: skip

CONFIGURED = ("linkage.yml", "model.json")


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes:
        name: the published folder, or what the run is, in words.
        business_date: its night.
        match_threshold: match weight (log2) from which it joins; None for a published night, which does not say.
    """

    name: str
    business_date: date | None
    match_threshold: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Two runs of linkage, compared.

    Attributes:
        is_project_same: configuration, SQL and code are the same, so that only data and decisions make a difference.
        has_ids: both sides have customer ids; else the groups of after are numbers that mean nothing elsewhere.
        events: what befell customer ids from the first night to the second: event, cause, customer_ids (count).
    """

    before: Side
    after: Side
    is_project_same: bool
    has_ids: bool
    difference: Difference
    events: list[Row]


def compare_nights(project: Project, before: str, after: str, samples: int) -> Comparison:
    """Compare two published nights.

    Args:
        before: name of a published folder, or its business date; with `after` empty, too, the last two nights.

    Raises:
        NightError: there is no such night, or not two of them.
    """
    first, second = _chosen(project, before, after)
    old, new = read_manifest(first), read_manifest(second)
    with _open(first) as engine:
        before_run, last_event = _read_run(engine), _last_event(engine)
    with _open(second) as engine:
        after_run = _read_run(engine)
        events = engine.fetch_arrow(EVENTS, [last_event]).to_pylist()
    with Engine.open(options=_options(project)) as workspace:
        difference = find_difference(workspace, before_run, after_run, samples)
    is_same = old.project_fingerprint == new.project_fingerprint
    return Comparison(
        _side(first, old), _side(second, new), is_same, has_ids=True, difference=difference, events=events
    )


def _side(folder: Path, manifest: Manifest) -> Side:
    return Side(folder.name, manifest.business_date)


def _chosen(project: Project, before: str, after: str) -> tuple[Path, Path]:
    nights = published_nights(project.published)
    if len(nights) < 2:
        raise NightError(
            f"{project.published}: two published nights are needed, and {len(nights)} is there: cdp run."
        )
    if not before and not after:
        return nights[-2], nights[-1]
    if not before or not after:
        raise NightError("name two nights, or none for the last two. `cdp admin nights` lists them.")
    return _night(project, nights, before), _night(project, nights, after)


def _night(project: Project, nights: list[Path], name: str) -> Path:
    """Return the published folder of this name, or the last one of this business date."""
    for folder in reversed(nights):
        if folder.name == name or folder.name[:10] == name:
            return folder
    known = ", ".join(folder.name for folder in nights[-5:])
    raise NightError(f"{project.published}: no night {name!r} is published. The last ones are {known}.")


def _open(folder: Path) -> Engine:
    return Engine.open(folder / "identified.duckdb", read_only=True)


def _read_run(engine: Engine) -> Run:
    return Run(engine.fetch_arrow(RECORDS), engine.fetch_arrow(f"select {EDGE_COLUMNS} from link.edge"))


def _last_event(engine: Engine) -> int:
    return int(engine.fetch_value("select coalesce(max(event_number), 0) from link.customer_id_event"))


EVENTS = """
select event, cause, count(*) as customer_ids
from link.customer_id_event
where event_number > $1
group by event, cause
order by event, cause
"""


def compare_configuration(project: Project, folder: Path, samples: int, say: Say = say_nothing) -> Comparison:
    """Compare the last night in the working file with what another configuration makes of the same records.

    Nothing is written. Decisions of people hold as on the last night.

    Args:
        folder: holds another linkage.yml, model.json or both; what it lacks is the project's.
        say: told when it waits for a night to end.

    Raises:
        NightError: no night has linked yet.
        ConfigError: the folder holds neither file, or one cannot be read.
    """
    linkage, model = _configuration(project, folder)
    options = _options(project)
    with open_last_night(project, "link.customer_source_record", "cdp link compare", say) as engine:
        business_date = engine.fetch_value("select max(business_date) from extract.night")
        before_run = _read_run(engine)
        # By the counts of the last night: else their drift would look like the configuration's doing.
        statistics = read_statistics(engine, SCHEMA)
        with open_workspace(engine, linkage, options, statistics=statistics) as workspace:
            find_edges(workspace, linkage, read_model(model))
            after_run = Run(workspace.fetch_arrow(NEW_RECORDS), workspace.fetch_arrow(NEW_EDGES))
    with Engine.open(options=options) as workspace:
        difference = find_difference(workspace, before_run, after_run, samples)
    threshold = linkage.match_threshold.match_weight
    last = Side("the last night", business_date)
    other = Side(f"the configuration in {folder}", business_date, threshold)
    # Other numbers for the same group are no other ids.
    difference = replace(difference, counts={**difference.counts, "same_id": 0})
    return Comparison(last, other, is_project_same=False, has_ids=False, difference=difference, events=[])


def _configuration(project: Project, folder: Path) -> tuple[Linkage, Path]:
    if not any((folder / name).is_file() for name in CONFIGURED):
        raise ConfigError(
            f"{folder}: holds neither linkage.yml nor model.json, so there is nothing to compare with."
        )
    rules, model = (folder / name for name in CONFIGURED)
    linkage = read_contract(rules, Linkage) if rules.is_file() else project.linkage
    if model.is_file():
        return linkage, model
    return linkage, next(one / MODEL_FILE for one in project.config_folders if (one / MODEL_FILE).exists())


def _options(project: Project) -> EngineOptions:
    settings = project.settings.engine
    return EngineOptions(threads=settings.threads, memory_limit=settings.memory_limit)


NEW_RECORDS = f"""
select {", ".join(RECORD_KEY)}, 'group ' || cluster as customer_id
from assignment inner join record using (record)
"""

NEW_EDGES = f"""
select
    {", ".join(f"{side[0]}.{column} as {side}_{column}" for side in ("left", "right") for column in RECORD_KEY)},
    edge_kind, edge_name, match_weight, vetoed_by
from edge
inner join record as l on left_record = l.record
inner join record as r on right_record = r.record
"""
