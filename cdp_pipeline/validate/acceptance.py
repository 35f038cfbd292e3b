"""The first gate: new records of a layout are judged; failing ones go to quarantine, the rest is accepted.

Raw tables are never changed. A record is out of the night while it stands in `validate.quarantine`, and
back in as soon as it does not, so a corrected rule brings it back without a new delivery.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cdp_pipeline.contracts.expectation import Severity
from cdp_pipeline.contracts.layout import Layout, LinesPerKey
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.errors import ValidationFailed
from cdp_pipeline.night import Night
from cdp_pipeline.validate.results import create_quarantine, run_expectations, store_verdicts

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations import Verdict

RAGGED_RULE = "field_count"
INCOMPLETE_RULE = "incomplete_key"


def accept_layout(night: Night, *, layout: Layout) -> None:
    """Judge what is new of one layout and rebuild `validate.<layout>`.

    Files are judged again when the layout's columns or expectations have changed since.

    Raises:
        ValidationFailed: an expectation on the whole table failed with severity critical.
    """
    engine, name = night.engine, layout.layout
    create_quarantine(night)
    engine.execute("create table if not exists validate.judged_file (file_id varchar, rules varchar)")
    engine.execute(f"create or replace temporary view cleaned_{name} as {_cleaned(layout)}")
    waiting = engine.fetch_column(
        "select file_id from extract.file where layout = ? and loaded_at is not null"
        " and file_id not in (select file_id from validate.judged_file where rules = ?) order by file_id",
        [name, _rules_of(layout)],
    )
    if waiting:
        _judge(night, layout, waiting)
    engine.replace_table(f"validate.{name}", _current_records(layout, night.project.sources))


def _judge(night: Night, layout: Layout, file_ids: list[str]) -> None:
    """Run the layout's expectations over the files and move failing records to quarantine."""
    files = ", ".join(quote_literal(file_id) for file_id in file_ids)
    verdicts = run_expectations(
        night,
        f"cleaned_{layout.layout}",
        layout.expectations,
        key_columns=["file_id", "line"],
        where=f"file_id in ({files})",
    )
    store_verdicts(night, f"validate.{layout.layout}", verdicts)
    night.engine.execute(f"delete from validate.quarantine where file_id in ({files})")
    _quarantine_ragged(night, files)
    _quarantine_failing(night, layout, verdicts)
    night.engine.execute(f"delete from validate.judged_file where file_id in ({files})")
    night.engine.execute(f"insert into validate.judged_file select unnest([{files}]), ?", [_rules_of(layout)])


def _quarantine_ragged(night: Night, files: str) -> None:
    night.engine.execute(
        "insert into validate.quarantine"
        " select f.source_system, f.layout, u.file_id, u.line, ?, u.reason, u.raw_record, cast(? as date)"
        " from extract.unparsed_record as u"
        f" join extract.file as f using (file_id) where file_id in ({files})",
        [RAGGED_RULE, night.business_date],
    )


def _quarantine_failing(night: Night, layout: Layout, verdicts: list[Verdict]) -> None:
    """Enter each failing record once, with all critical rules that it broke."""
    engine = night.engine
    engine.execute(
        "create or replace temporary table failing (file_id varchar, line bigint, rule varchar, why varchar)"
    )
    for verdict in verdicts:
        expectation = verdict.expectation
        if verdict.is_met or expectation.severity is not Severity.CRITICAL:
            continue
        if not verdict.failing_rows:
            raise ValidationFailed(
                f"layout {layout.layout}: {expectation.expectation_id} is not met by this night's files. "
                f"Check them, or the expectation in config/layouts/{layout.layout}.yml."
            )
        with engine.arrow_view(verdict.failing_keys) as keys:
            engine.execute(
                f"insert into failing select file_id, line, ?, ? from {keys}",
                [expectation.expectation_id, expectation.why],
            )
    if layout.lines_per_key is LinesPerKey.MANY:
        _fail_whole_keys(night, layout)
    engine.execute(
        "insert into validate.quarantine"
        " select r.source_system, ?, r.file_id, r.line, f.rule, f.why, to_json(r), cast(? as date)"
        " from (select file_id, line, string_agg(rule, ', ' order by rule) as rule,"
        "       string_agg(why, ' ' order by rule) as why from failing group by file_id, line) as f"
        f" join extract.raw_{layout.layout} as r using (file_id, line)",
        [layout.layout, night.business_date],
    )


def _fail_whole_keys(night: Night, layout: Layout) -> None:
    """Set the other lines of a failing key aside too: half an order would replace a whole older one."""
    key = ", ".join(["file_id", "source_system", *layout.key])
    night.engine.execute(
        f"insert into failing with line as (select {key}, line from cleaned_{layout.layout}),"
        f" broken as (select distinct {key} from line semi join failing using (file_id, line))"
        f" select file_id, line, '{INCOMPLETE_RULE}', 'Another line of the same {layout.key[0]} failed.'"
        f" from line semi join broken using ({key}) anti join failing using (file_id, line)"
    )


def _cleaned(layout: Layout) -> str:
    """Select raw records with text trimmed, spreadsheet guards stripped and blanks as null."""
    columns = ", ".join(cleaned_text(name, layout) for name in layout.column_names)
    return f"select source_system, file_id, line, {columns} from extract.raw_{layout.layout}"


def cleaned_text(name: str, layout: Layout) -> str:
    """Return the SQL that trims a delivered column, strips spreadsheet guards and makes blanks null."""
    text = f"trim({name}, ' \t\u00a0')"
    if layout.format.spreadsheet_guard:
        text = f"regexp_replace({text}, '^''+', '')"
    return f"nullif({text}, '') as {name}"


def _current_records(layout: Layout, sources: Iterable[str]) -> str:
    """Select accepted records, of several deliveries of a key the newest.

    Records of sources that the project no longer lists are left out.
    A key with several lines (an order) is taken whole from the newest delivery that holds it.
    """
    key = ", ".join(f"c.{name}" for name in layout.key)
    version = ""
    if layout.version_column:  # as a time first: 10:30+02:00 is earlier than 09:00Z, its text is not
        text = f"c.{layout.version_column}"
        version = f"try_cast({text} as timestamptz) desc nulls last, {text} desc nulls last, "
    newest = f"{version}f.first_seen_on desc, f.path desc, f.file_id"
    if layout.lines_per_key is LinesPerKey.ONE:
        rank = f"row_number() over (partition by c.source_system, {key} order by {newest}, c.line desc)"
    else:
        rank = f"dense_rank() over (partition by c.source_system, {key} order by {newest})"
    columns = ", ".join(f"c.{name}" for name in layout.column_names)
    systems = ", ".join(quote_literal(source) for source in sources)
    return (
        f"select c.source_system, c.file_id, c.line, f.first_seen_on as delivered_on, {columns}"
        f" from cleaned_{layout.layout} as c"
        " join extract.file as f on f.file_id = c.file_id"
        " anti join validate.quarantine as q on q.file_id = c.file_id and q.line = c.line"
        f" where c.source_system in ({systems}) qualify {rank} = 1 order by c.file_id, c.line"
    )


def _rules_of(layout: Layout) -> str:
    """Fingerprint of everything that decides a record's verdict."""
    return hashlib.sha256(json.dumps(layout.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
