"""Judging delivered records: Great Expectations over all files that wait, layout by layout.

A file waits while it does not count yet, and again when what decides its verdicts has changed: columns, format,
expectations, or what a person let in. One that was taken away before it counted waits no longer. Nothing is decided
here; `validate.broken_rule` holds what was found.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cdp_pipeline.contracts.expectation import Severity
from cdp_pipeline.contracts.expectation_words import reason
from cdp_pipeline.contracts.layout import WHOSE_RECORD, Layout, LinesPerKey
from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.night import Night
from cdp_pipeline.validate.before_acceptance import create_accepted_file
from cdp_pipeline.validate.cleaned import cleaned
from cdp_pipeline.validate.results import run_expectations, store_verdicts
from cdp_pipeline.validate.withdrawal import forget_taken_back, note_withdrawn

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations import Verdict

INCOMPLETE_RULE = "incomplete_key"
KEYLESS_RULE = "empty_key"
DECIDES_VERDICTS = {"format", "facts_from_name", "key", "lines_per_key"}
DECIDES_VALUES = {"type", "formats", "max_decimals", "needs_zone"}
JUDGED_ANEW = {*DECIDES_VERDICTS, "columns", "expectations"}

RULES_LENGTH = 64
"""Of `rules` of a file the characters that name what decides. Behind them stands what a new verdict only words
differently (names, reasons, warnings), and what a person let in."""

LET_IN = f"""
select w.file_id, min(r.decision_id) as decision_id
from validate.waiting_file as w join validate.release as r on r.file_id = w.file_id
where r.line is null and r.judged_by = left(w.rules, {RULES_LENGTH})
group by w.file_id
"""
"""A decision covers the verdict that it was made for: a file that other rules judge now is guarded like any other."""

JUDGED_FILE = (
    "file_id varchar, rules varchar, loaded_at timestamp, loaded_records bigint, quarantined_records bigint"
)
"""What the verdicts of a file rest on, and its counts; they outlive the raw records of a superseded file."""


def judge_waiting_files(night: Night) -> None:
    """Judge every waiting file of every layout.

    Leaves tables that are internal to this stage: `waiting_file`, one row per file that is judged this night;
    `let_in_file`, one row per waiting file that a person let in as it is, by the rules that judge it now;
    `withdrawn_file`, one row per file that never counted and will not; `broken_rule`, one row per record and
    rule that it broke, without what a person let in; and `broken_whole`, one row per source, layout and rule
    about a whole table that is not met.
    """
    engine = night.engine
    # Marks of an earlier run of this night: what it superseded waits to be judged again.
    engine.execute(
        "update extract.file set superseded_on = null where superseded_on = ?", [night.business_date]
    )
    create_accepted_file(night)
    _create_judged_file(engine)
    forget_taken_back(night)
    note_withdrawn(night)
    with engine.arrow_view(_waiting_files(night)) as waiting:
        engine.replace_table("validate.waiting_file", f"from {waiting} order by file_id")
    engine.replace_table("validate.let_in_file", LET_IN)
    engine.execute(
        "create or replace table validate.broken_rule"
        " (source_system varchar, layout varchar, file_id varchar, line bigint, rule varchar, judged_by varchar,"
        " why varchar)"
    )
    engine.execute(
        "create or replace table validate.broken_whole (source_system varchar, layout varchar, rule varchar)"
    )
    for layout in night.project.used_layouts.values():
        engine.execute(f"drop table if exists {waiting_records(layout)}")
    for name in engine.fetch_column("select distinct layout from validate.waiting_file order by 1"):
        _judge(night, night.project.used_layouts[name])
    _let_released_in(night)
    for layout in night.project.used_layouts.values():
        if layout.lines_per_key is LinesPerKey.MANY:
            _fail_whole_keys(night, layout)


def waiting_records(layout: Layout) -> str:
    """Name the temporary table of the clean records that were judged tonight; it is there if any were."""
    return f"waiting_{layout.layout}"


def _create_judged_file(engine: Engine) -> None:
    """Create `validate.judged_file`; one of an older shape is begun anew, so that every file is judged again."""
    table = "validate.judged_file"
    if engine.table_exists(table) and "loaded_at" not in engine.describe(f"from {table}"):
        engine.execute(f"drop table {table}")
    engine.execute(f"create table if not exists {table} ({JUDGED_FILE})")


def _waiting_files(night: Night) -> pa.Table:
    """List files that do not count yet, and those that count by other rules than today's.

    `is_new` tells the two apart; a file that came to count this very night is new to a second run of it.
    """
    rows = night.engine.fetch_all(
        "select f.file_id, f.source_system, f.layout, coalesce(a.accepted_on >= $1, true) as is_new,"
        " case when j.loaded_at = f.loaded_at then j.rules end as judged_by"
        " from extract.file as f left join validate.judged_file as j using (file_id)"
        " left join validate.accepted_file as a using (file_id)"
        " anti join validate.withdrawn_file as g on g.file_id = f.file_id"
        " where f.loaded_at is not null and f.superseded_on is null and list_contains($2, f.source_system)"
        " and list_contains($3, f.layout)",
        [night.business_date, list(night.project.sources), list(night.project.used_layouts)],
    )
    rules, released = _rules(night), _released(night)
    waiting = []
    for file_id, source, layout, is_new, judged_by in rows:
        now = rules[source, layout] + released.get(file_id, "")
        if is_new or judged_by != now:
            waiting.append((file_id, source, layout, now, is_new))
    names = ("file_id", "source_system", "layout", "rules", "is_new")
    types = (pa.string(), pa.string(), pa.string(), pa.string(), pa.bool_())
    columns = zip(*waiting, strict=True) if waiting else [()] * len(names)
    arrays = [pa.array(values, type_) for values, type_ in zip(columns, types, strict=True)]
    return pa.table(dict(zip(names, arrays, strict=True)))


def _rules(night: Night) -> dict[tuple[str, str], str]:
    """Fingerprints of what decides a record's verdict and of all that it says, by source and layout.

    Decisions of people rest on the first alone: another reason for a rule is no other rule.
    """
    fingerprints = {}
    for source in night.project.sources:
        for name in night.project.used_layouts:
            reading = night.project.reading(source, name)
            said = [[spec.expectation_id, spec.demand_hash] for spec in reading.gate]
            parts = reading.model_dump(
                mode="json", include=JUDGED_ANEW, exclude={"columns": {"__all__": set(WHOSE_RECORD)}}
            )
            fingerprints[source, name] = _hash(_what_decides(reading)) + _hash([parts, said])
    return fingerprints


def _what_decides(reading: Layout) -> list[Any]:
    """Return what keeps records out, and what makes the values that are judged."""
    demands = {spec.demand_hash for spec in reading.gate if spec.severity is Severity.CRITICAL}
    columns = {
        name: column.model_dump(mode="json", include=DECIDES_VALUES)
        for name, column in reading.columns.items()
    }
    return [reading.model_dump(mode="json", include=DECIDES_VERDICTS), columns, sorted(demands)]


def _hash(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _released(night: Night) -> dict[str, str]:
    """Fingerprint of the records that a person let in, by file."""
    lines: dict[str, list[str]] = defaultdict(list)
    for file_id, line, judged_by in night.engine.fetch_all(
        "select distinct file_id, line, judged_by from validate.release where line is not null order by all"
    ):
        lines[file_id].append(f"{line} {judged_by}")
    return {
        file_id: hashlib.sha256("\n".join(found).encode()).hexdigest() for file_id, found in lines.items()
    }


def _judge(night: Night, layout: Layout) -> None:
    """Run a layout's expectations over all its waiting files at once.

    They are stored first: cleaning is dearer than judging, and failing records are read a second time.
    """
    engine, name = night.engine, layout.layout
    stored = waiting_records(layout)
    engine.execute(
        f"create or replace temporary table {stored} as"
        f" {cleaned(night.project, layout, 'select file_id from validate.waiting_file')}"
    )
    verdicts = run_expectations(night, stored, layout.gate, key_columns=["file_id", "line"])
    store_verdicts(night, f"validate.{name}", verdicts)
    _note_keyless(night, layout)
    for verdict in verdicts:
        if verdict.is_met or verdict.expectation.severity is not Severity.CRITICAL:
            continue
        if verdict.failing_rows:
            _note_failing(night, layout, verdict)
        else:
            _note_whole(night, layout, verdict)


def _note_keyless(night: Night, layout: Layout) -> None:
    """Note records whose key of several columns is empty altogether: they would replace one another."""
    if len(layout.key) > 1:
        night.engine.execute(
            "insert into validate.broken_rule select source_system, ?, file_id, line, ?, null, ?"
            f" from {waiting_records(layout)} where {' and '.join(f'{name} is null' for name in layout.key)}",
            [
                layout.layout,
                KEYLESS_RULE,
                f"Expected: {' or '.join(layout.key)} is given. A record without a key cannot be told from others.",
            ],
        )


def _note_failing(night: Night, layout: Layout, verdict: Verdict) -> None:
    """Note failing records, each with the reason as its own source writes the column."""
    name = verdict.expectation.expectation_id
    with (
        night.engine.arrow_view(verdict.failing_keys) as keys,
        night.engine.arrow_view(_reasons(night, layout, name)) as reasons,
    ):
        night.engine.execute(
            "insert into validate.broken_rule select w.source_system, w.layout, k.file_id, k.line, ?, ?, r.why"
            f" from {keys} as k join validate.waiting_file as w using (file_id)"
            f" left join {reasons} as r using (source_system)",
            [name, verdict.expectation.demand_hash],
        )


def _reasons(night: Night, layout: Layout, rule: str) -> pa.Table:
    """Say what a rule of the layout expects and what to do, by source: `source_system` and `why`."""
    said = {}
    for source, _ in night.project.deliveries_of(layout.layout):
        gate = night.project.reading(source.source, layout.layout).gate
        said[source.source] = next((reason(spec) for spec in gate if spec.expectation_id == rule), None)
    columns = {"source_system": list(said), "why": list(said.values())}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _note_whole(night: Night, layout: Layout, verdict: Verdict) -> None:
    """Find out whose files break a rule about the whole table: those that break it alone, or else all."""
    systems = night.engine.fetch_column(
        "select distinct source_system from validate.waiting_file where layout = ? order by 1",
        [layout.layout],
    )
    broken = systems
    if len(systems) > 1:
        of_each = {
            system: run_expectations(
                night,
                waiting_records(layout),
                [verdict.expectation],
                where=f"source_system = {quote_literal(system)}",
            )
            for system in systems
        }
        broken = [system for system, [alone] in of_each.items() if not alone.is_met] or systems
    for system in broken:
        night.engine.execute(
            "insert into validate.broken_whole values (?, ?, ?)",
            [system, layout.layout, verdict.expectation.expectation_id],
        )


def _let_released_in(night: Night) -> None:
    night.engine.execute(
        "delete from validate.broken_rule as b where exists (select 1 from validate.release as r"
        " where r.file_id = b.file_id and r.line = b.line and r.judged_by = b.judged_by)"
    )


def _fail_whole_keys(night: Night, layout: Layout) -> None:
    """Set the other lines of a failing key aside too: half an order would replace a whole older one.

    A record that could not be parsed fails the key of the line before or behind it, if that stands in its text.
    """
    if not night.engine.table_exists(waiting_records(layout)):
        return
    named = " and ".join(f"(l.{name} is null or contains(u.raw_record, l.{name}))" for name in layout.key)
    night.engine.execute(
        INCOMPLETE.format(
            layout=layout.layout,
            key=", ".join(layout.key),
            key_of_line=", ".join(f"l.{name}" for name in layout.key),
            is_named=f"{named} and coalesce({', '.join(f'l.{name}' for name in layout.key)}) is not null",
            first=layout.key[0],
        )
    )


INCOMPLETE = f"""
insert into validate.broken_rule by name
with line as (select source_system, file_id, line, {{key}} from waiting_{{layout}}),

failing as (select distinct file_id, line from validate.broken_rule),

unparsed as (select file_id, line, raw_record from extract.unparsed_record),

broken as (
    select source_system, file_id, {{key}} from line semi join failing using (file_id, line)
    union
    select l.source_system, l.file_id, {{key_of_line}}
    from unparsed as u asof join line as l on l.file_id = u.file_id and l.line < u.line
    where {{is_named}}
    union
    select l.source_system, l.file_id, {{key_of_line}}
    from unparsed as u asof join line as l on l.file_id = u.file_id and l.line > u.line
    where {{is_named}}
)

select
    source_system, '{{layout}}' as layout, file_id, line, '{INCOMPLETE_RULE}' as rule,
    'Another line of the same {{first}} failed, and half of it must not replace a whole one.' as why
from line
semi join broken using (source_system, file_id, {{key}})
anti join failing using (file_id, line)
"""
