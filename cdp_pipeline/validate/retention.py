"""What is past its time goes, before the night makes its tables of what was delivered.

Raw records go for good: a file is loaded once, and where a changed mapping has it read anew, or a project is replayed,
what is past its time goes again on the same night. The ledger counts what it still has, so that records add up.
"""

from __future__ import annotations

from cdp_pipeline.contracts.layout import Layout, LinesPerKey
from cdp_pipeline.contracts.retention import DELIVERED, KEPT_TABLES, RetentionRule
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.errors import NightError
from cdp_pipeline.night import Night
from cdp_pipeline.plural import counted
from cdp_pipeline.sql_project.kept_tables import keep_table
from cdp_pipeline.validate.cleaned import RECORD, cleaned_from
from cdp_pipeline.validate.judgement import waiting_records

TABLE = "validate.retention"

RETENTION = TableContract(
    model="retention",
    description="What was deleted because its time had passed, counted.",
    grain="one row per night and rule of config/retention.yml",
    owner=DATA_ENGINEERING,
    key=["business_date", "rule_of"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="business_date", type="DATE", description="Night that deleted it."),
        ColumnContract(name="rule_of", type="VARCHAR", description="Layout or table of the rule."),
        ColumnContract(name="kept_from", type="DATE", description="First day that is kept; older ones went."),
        ColumnContract(
            name="deleted_rows", type="BIGINT", description="Rows deleted by all runs of the night."
        ),
    ],
)


def build_retention(night: Night) -> None:
    """Delete what is past its time by the night's business date, and count it in `validate.retention`.

    Raises:
        NightError: a rule would delete much of what counted before, as it does when its period was shortened.
    """
    keep_table(night.engine, TABLE, RETENTION)
    for rule in night.project.retention.rules:
        if not rule.is_limited:
            continue
        if rule.of == "validate.quarantine":
            deleted = _delete_quarantined(night, rule)
        elif rule.is_of_table:
            deleted = _delete_rows(night, rule)
        elif rule.of in night.project.used_layouts:
            deleted = _delete_records(night, rule, night.project.used_layouts[rule.of])
        else:
            continue
        _note(night, rule, deleted)


def kept_from(night: Night, rule: RetentionRule) -> str:
    """Write the first day that is kept, as SQL."""
    return f"cast(date {quote_literal(night.business_date.isoformat())} - interval '{rule.keep}' as date)"


def _delete_rows(night: Night, rule: RetentionRule) -> int:
    """Delete from a table that keeps rows; a row that still holds has no last day."""
    if not night.engine.table_exists(rule.of):
        return 0
    past = f"{KEPT_TABLES[rule.of]} < {kept_from(night, rule)}"
    rows = int(night.engine.fetch_value(f"select count(*) from {rule.of} where {past}"))
    _refuse_much(night, rule, rows, night.engine.row_count(rule.of))
    if rows:
        night.engine.execute(f"delete from {rule.of} where {past}")
    return rows


def _delete_quarantined(night: Night, rule: RetentionRule) -> int:
    """Delete records in quarantine with what was delivered of them: else they would count as soon as they left it.

    Those of layouts that carry consent stay: they may be refusals.
    """
    may_go = [name for name, layout in night.project.used_layouts.items() if not layout.carries_consent]
    night.engine.execute(
        "create or replace temporary table expired_record as select file_id, line from validate.quarantine"
        f" where business_date < {kept_from(night, rule)} and list_contains(?, layout)",
        [may_go],
    )
    return _delete_expired(night, may_go)


def _delete_records(night: Night, rule: RetentionRule, layout: Layout) -> int:
    """Delete a layout's records whose day is past; of a key with several lines all or none."""
    night.engine.execute(
        f"create or replace temporary table expired_record as {_expired(night, rule, layout)}"
    )
    if not night.engine.row_count("expired_record"):
        return 0
    [(expired, counted_before)] = night.engine.fetch_all(COUNTED_BEFORE.format(layout=layout.layout))
    _refuse_much(night, rule, expired, counted_before)
    return _delete_expired(night, [layout.layout])


def _expired(night: Night, rule: RetentionRule, layout: Layout) -> str:
    """Select file_id and line of the records of a layout that are past their time."""
    readings = {
        source.source: night.project.reading(source.source, layout.layout)
        for source, _ in night.project.deliveries_of(layout.layout)
    }
    key = layout.key if layout.lines_per_key is LinesPerKey.MANY else []
    by = [] if rule.by == DELIVERED else [rule.by]
    names = list(dict.fromkeys([*by, *rule.but_not, *key])) or [layout.key[0]]
    raw = f"(from extract.raw_{layout.layout})"
    clean = cleaned_from(raw, layout, kept=RECORD, names=names, readings=readings)
    day = f"cast(try_cast({rule.by} as timestamptz) as date)" if by else "cast(null as date)"
    if key:
        day = f"max({day}) over (partition by source_system, file_id, {', '.join(key)})"
    stays = " or ".join(
        f"coalesce({name} in ({', '.join(map(quote_literal, values))}), true)"
        for name, values in rule.but_not.items()
    )
    return EXPIRED.format(
        clean=clean,
        day=day,
        stays=stays or "false",
        kept_from=kept_from(night, rule),
        unread="validate.quarantine" if layout.carries_consent else NOTHING,
    )


def _delete_expired(night: Night, layouts: list[str]) -> int:
    """Delete the records of `expired_record` wherever they stand as delivered; returns how many."""
    engine = night.engine
    engine.execute(LEDGER)
    for layout in layouts:
        engine.execute(f"delete from extract.raw_{layout} where {IS_EXPIRED}")
        waiting = waiting_records(night.project.used_layouts[layout])
        if engine.table_exists(waiting):
            engine.execute(f"delete from {waiting} where {IS_EXPIRED}")
    engine.execute(f"delete from extract.unparsed_record where {IS_EXPIRED}")
    engine.execute(f"delete from validate.quarantine where {IS_EXPIRED}")
    rows = engine.row_count("expired_record")
    engine.execute("drop table expired_record")
    return rows


def _refuse_much(night: Night, rule: RetentionRule, rows: int, of_rows: int) -> None:
    """Ask a person before much goes at once: no later night brings it back."""
    limits = night.project.settings.thresholds
    if night.accepts_fewer_rows or rows < limits.blocks_from or rows <= limits.fewer_rows_blocks * of_rows:
        return
    raise NightError(
        f"config/retention.yml keeps {rule.of} for {rule.keep}, which would delete {counted(rows, 'row')} of "
        f"{of_rows:,} tonight, for good. Nothing was deleted. If that is meant, run once with --accept-fewer-rows; "
        "else correct the period."
    )


def _note(night: Night, rule: RetentionRule, deleted: int) -> None:
    """Count tonight's deletions; a second run of the night adds to what the first one deleted."""
    tonight = [night.business_date, rule.of]
    before = night.engine.fetch_column(
        f"select deleted_rows from {TABLE} where business_date = ? and rule_of = ?", tonight
    )
    night.engine.execute(f"delete from {TABLE} where business_date = ? and rule_of = ?", tonight)
    night.engine.execute(
        f"insert into {TABLE} values (?, ?, {kept_from(night, rule)}, ?)", [*tonight, deleted + sum(before)]
    )


NOTHING = "(select null as file_id, null as line where false)"

IS_EXPIRED = "(file_id, line) in (select (e.file_id, e.line) from expired_record as e)"

EXPIRED = """
with clean as ({clean}),

age as (select file_id, max(exported_on) as exported_on from extract.delivery group by file_id),

dated as (select file_id, line, {day} as day, {stays} as stays from clean)

select dated.file_id, dated.line
from dated
left join age using (file_id)
anti join {unread} as unread on unread.file_id = dated.file_id and unread.line = dated.line
where not dated.stays and coalesce(dated.day, age.exported_on) < {kept_from}
"""
"""Records past their time; not those that nobody could read although they may be refusals."""

COUNTED_BEFORE = """
select count(*) filter ((r.file_id, r.line) in (select (e.file_id, e.line) from expired_record as e)), count(*)
from extract.raw_{layout} as r
semi join (from validate.accepted_file where accepted_on < (select max(business_date) from extract.night)) as a
    on a.file_id = r.file_id
"""

LEDGER = """
update extract.file as f set physical_records = f.physical_records - e.records
from (select file_id, count(*) as records from expired_record group by file_id) as e
where
    e.file_id = f.file_id
    and not (f.superseded_on is not null and f.dropped_on is not null)
    and f.file_id not in (select w.file_id from validate.withdrawn_file as w)
"""
"""What a dropped or withdrawn file counts is what its judgement counted."""
