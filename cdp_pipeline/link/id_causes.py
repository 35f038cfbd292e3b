"""Why an id changed: a decision, changed rules or model, or new data.

Each run notes by which rules, model and decisions it went and what the records looked like, for the next run to
compare with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cdp_pipeline.link.id_tables import KEY, PAIR_KEY
from cdp_pipeline.link.link_state import SCHEMA, fingerprints
from cdp_pipeline.link.workspace import RECORD_ID, RECORD_KEY
from cdp_pipeline.stages import Stage

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night

LINKAGE_FOLDER, MODEL_NAME = "linkage", "model.json"
SQL_FOLDERS = (Stage.STANDARDISE, Stage.LINK, "macros")
RULE_SUFFIXES = {".csv", ".py", ".sql", ".yml"}
HOUSEHOLD_FILES = "household*"
"""Who lives together is found among finished customers and says nothing about which records are one."""

RECORD_FINGERPRINTS = fingerprints(KEY)

NO_RECORDS = f"select {', '.join(f'cast(null as varchar) as {column}' for column in RECORD_KEY)} limit 0"

CHANGED_RECORDS = f"""
    select {KEY}
    from link.record_fingerprint as before
    full join ({RECORD_FINGERPRINTS}) as tonight using ({KEY})
    where before.fingerprint is distinct from tonight.fingerprint
"""

DECISIONS = f"select decision_id, decision, {', '.join(PAIR_KEY)} from link.match_decision"

DECISIONS_FINGERPRINT = f"""
    select sha256(coalesce(string_agg(
        concat_ws(chr(31), decision_id, decision, {", ".join(PAIR_KEY)}), chr(30) order by decision_id
    ), ''))
    from link.match_decision
"""

RECORDS_OF_CHANGED_DECISIONS = f"""
    with changed as (
        (({DECISIONS}) except (from link.linked_decision))
        union all
        ((from link.linked_decision) except ({DECISIONS}))
    )
    select {", ".join(f"left_{column} as {column}" for column in RECORD_KEY)} from changed
    union
    select {", ".join(f"right_{column}" for column in RECORD_KEY)} from changed
"""


@dataclass(frozen=True)
class LinkageRun:
    """By what a run of linkage went.

    Attributes:
        rules_fingerprint: SHA-256 over linkage configuration, code, and SQL that makes what it compares.
        model_fingerprint: SHA-256 over the Splink model.
        decisions_fingerprint: SHA-256 over the decisions in force.
        rules_changed: whether rules or model differ from the last run's.
    """

    business_date: date
    rules_fingerprint: str
    model_fingerprint: str
    decisions_fingerprint: str
    rules_changed: bool


def create_causes(night: Night) -> LinkageRun:
    """Create temp tables `touched_by_decision` and `touched_by_data` (customer_id), and describe the run.

    Touched by a decision is a customer, of last night or tonight, with a record that is named by a decision
    which came or went since the last run. Touched by data is one with a record that came, went or changed;
    told only when rules or model changed, since without that data is the only other cause.
    """
    engine = night.engine
    rules, model = rule_fingerprint(night.project), model_fingerprint(night.project)
    before = engine.fetch_all(
        "select rules_fingerprint, model_fingerprint from link.linkage_run order by business_date desc limit 1"
    )
    rules_changed = bool(before) and before[0] != (rules, model)
    _create_touched(engine, "touched_by_decision", RECORDS_OF_CHANGED_DECISIONS)
    _create_touched(engine, "touched_by_data", CHANGED_RECORDS if rules_changed else NO_RECORDS)
    decisions = engine.fetch_value(DECISIONS_FINGERPRINT)
    return LinkageRun(night.business_date, rules, model, decisions, rules_changed)


def note_run(engine: Engine, run: LinkageRun) -> None:
    """Note what the next run compares itself with."""
    engine.execute("delete from link.linkage_run where business_date = ?", [run.business_date])
    engine.execute(
        "insert into link.linkage_run values (?, ?, ?, ?, ?, ?)",
        [
            run.business_date,
            run.rules_fingerprint,
            run.model_fingerprint,
            run.decisions_fingerprint,
            *_last_linkage(engine),
        ],
    )
    engine.replace_table("link.linked_decision", f"{DECISIONS} order by decision_id")
    _note_fingerprints(engine)


def _last_linkage(engine: Engine) -> tuple[bool | None, int | None]:
    """Return whether everything was linked and how many records were linked anew; unknown where nothing noted it."""
    if not engine.table_exists(f"{SCHEMA}.last_linkage"):
        return None, None
    [(linked_everything, linked_records)] = engine.fetch_all(
        f"select linked_everything, linked_records from {SCHEMA}.last_linkage"
    )
    return linked_everything, linked_records


def _note_fingerprints(engine: Engine) -> None:
    """Bring `link.record_fingerprint` up to date, from what linkage noted where it did.

    Then only the rows that differ are written: making a million fingerprints again costs more than all other ids do.
    """
    if not engine.table_exists(f"{SCHEMA}.record"):
        engine.replace_table("link.record_fingerprint", RECORD_FINGERPRINTS)
        return
    engine.execute(
        f"""
        create or replace temp table stale_fingerprint as
        select record_id, now.fingerprint
        from (select {RECORD_ID} as record_id, fingerprint from link.record_fingerprint) as before
        full join {SCHEMA}.record as now using (record_id)
        where before.fingerprint is distinct from now.fingerprint
        """
    )
    engine.execute(
        f"delete from link.record_fingerprint where {RECORD_ID} in (select record_id from stale_fingerprint)"
    )
    engine.execute(
        f"""
        insert into link.record_fingerprint
        select {KEY}, fingerprint
        from link.linkage_record inner join stale_fingerprint on {RECORD_ID} = record_id
        order by {KEY}
        """
    )
    engine.execute("drop table temp.stale_fingerprint")


def rule_fingerprint(project: Project) -> str:
    """SHA-256 over all but the model that decides which records are joined.

    Code and SQL belong to it: an upgrade may join what was apart. Comments count too, which does no harm: only
    ids of customers whose own records did not change are said to have changed by the rules.
    """
    roots = [
        *(folder / LINKAGE_FOLDER for folder in project.config_folders),
        *(folder / name for folder in project.sql_folders for name in SQL_FOLDERS),
        Path(__file__).parent,
    ]
    return _fingerprint_of(
        path
        for root in roots
        for path in sorted(root.rglob("*"))
        if path.suffix in RULE_SUFFIXES and not path.match(HOUSEHOLD_FILES)
    )


def model_fingerprint(project: Project) -> str:
    """SHA-256 over the model files, the project's own first."""
    paths = (folder / LINKAGE_FOLDER / MODEL_NAME for folder in project.config_folders)
    return _fingerprint_of(path for path in paths if path.is_file())


def _fingerprint_of(paths: Iterable[Path]) -> str:
    """SHA-256 over the files; those that did not change since this process read them are not read again."""
    return _read_fingerprint(tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


@lru_cache(maxsize=8)
def _read_fingerprint(files: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in files:
        content = path.read_bytes()
        digest.update(f"{path.parent.name}/{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _create_touched(engine: Engine, table: str, records: str) -> None:
    """Create a temp table of the customers, of last night or tonight, to whom the records belong."""
    engine.execute(
        f"""
        create or replace temp table {table} as
        with touched as (
            select id_move.customer_id as id_before, cluster_customer.customer_id as id_tonight
            from ({records})
            inner join id_move using ({KEY})
            left join cluster_customer using (cluster_id)
        )
        select id_before as customer_id from touched where id_before is not null
        union
        select id_tonight from touched where id_tonight is not null
        """
    )
