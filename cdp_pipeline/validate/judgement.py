"""Judging new records of a layout: Great Expectations, and quarantine for those that fail."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from cdp_pipeline.contracts.expectation import Severity
from cdp_pipeline.contracts.layout import Layout, LinesPerKey
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.errors import ValidationFailed
from cdp_pipeline.night import Night
from cdp_pipeline.validate.results import create_quarantine, run_expectations, store_verdicts

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations import Verdict

INCOMPLETE_RULE = "incomplete_key"


def judge_layout(night: Night, layout: Layout) -> None:
    """Judge files that are new, or whose layout's columns or expectations have changed since.

    Raises:
        ValidationFailed: an expectation on the whole table failed with severity critical.
    """
    engine, name = night.engine, layout.layout
    create_quarantine(night)
    engine.execute("create table if not exists validate.judged_file (file_id varchar, rules varchar)")
    waiting = engine.fetch_column(
        "select file_id from extract.file where layout = ? and loaded_at is not null"
        " and file_id not in (select file_id from validate.judged_file where rules = ?) order by file_id",
        [name, _rules_of(layout)],
    )
    if waiting:
        _judge(night, layout, waiting)


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
        " select f.source_system, f.layout, u.file_id, u.line, u.rule, u.reason, u.raw_record, cast(? as date)"
        " from extract.unparsed_record as u"
        f" join extract.file as f using (file_id) where file_id in ({files})",
        [night.business_date],
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


def _rules_of(layout: Layout) -> str:
    """Fingerprint of everything that decides a record's verdict."""
    return hashlib.sha256(json.dumps(layout.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
