"""Records that the gate kept out: listing and showing them, and letting them in by a decision of a person.

Read is the published night, or the working file of a later night that was not published, while no night writes it.
A decision is put on record in the control database; the next night goes by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import record_event
from cdp_pipeline.control.releases import (
    Released,
    ReleaseDecision,
    decide_release,
    files_let_in_by,
    undo_release,
)
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.newest_tables import open_newest_tables
from cdp_pipeline.plural import counted
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline.validate.judgement import INCOMPLETE_RULE, KEYLESS_RULE
from cdp_pipeline.validate.quarantine import HELD_RULE


@dataclass(frozen=True)
class QuarantineCount:
    """Records of one source, layout, rule and file."""

    source_system: str
    layout: str
    rule: str
    path: str
    file_id: str
    records: int


@dataclass(frozen=True)
class QuarantinedRecord:
    """One record, without its values unless they were asked for."""

    source_system: str
    layout: str
    file_id: str
    path: str
    line: int
    rule: str
    why: str | None
    business_date: date

    @property
    def rules(self) -> list[str]:
        """Rules that it broke."""
        return self.rule.split(", ")


@dataclass(frozen=True)
class QuarantineList:
    """What is in quarantine: all counts, and the first records.

    Attributes:
        shown: in words, the night that it is of.
    """

    shown: str
    counts: list[QuarantineCount]
    records: list[QuarantinedRecord]
    total: int


def list_quarantine(
    project: Project,
    *,
    source: str | None = None,
    rule: str | None = None,
    business_date: date | None = None,
    limit: int = 20,
) -> QuarantineList:
    """List what is in quarantine, of one source, rule or night if named."""
    chosen = [source, rule, business_date]
    with open_newest_tables(project) as tables:
        engine = tables.engine
        return QuarantineList(
            shown=tables.in_words,
            counts=[QuarantineCount(*row) for row in engine.fetch_all(COUNTS, chosen)],
            records=[QuarantinedRecord(*row) for row in engine.fetch_all(RECORDS, [*chosen, limit])],
            total=engine.fetch_value(TOTAL, chosen),
        )


def show_record(project: Project, file: str, line: int) -> tuple[QuarantinedRecord, str]:
    """Return a record and its text as delivered: personal data, so it is put on record that it was looked at.

    Args:
        file: name of the file as delivered, or its id.

    Raises:
        NightError: the file holds no such record in quarantine, or several files have the name.
        ControlError: the look cannot be put on record.
    """
    with open_newest_tables(project) as tables:
        record = _find(tables.engine, file, line)
        [text] = tables.engine.fetch_column(
            "select raw_record from validate.quarantine where file_id = ? and line = ?",
            [record.file_id, line],
        )
    record_event(project, "quarantine shown", f"{record.file_id} line {line}")
    return record, text


def release_record(project: Project, file: str, line: int, reason: str) -> int:
    """Let one record in for all rules that it broke, and return the decision's number.

    Raises:
        NightError: it cannot be let in, or is not there.
    """
    with open_newest_tables(project) as tables:
        record = _find(tables.engine, file, line)
    for rule in record.rules:
        if obstacle := why_never(project.layouts.get(record.layout), rule):
            raise NightError(f"{record.path} line {line}: {obstacle}")
    items = [Released(record.file_id, line, rule) for rule in record.rules]
    subject = f"{record.path} line {line} for {record.rule}"
    return decide_release(project, record.source_system, subject, reason, items)


def release_rule(
    project: Project, rule: str, source: str, reason: str, layout: str | None = None
) -> tuple[int, int]:
    """Let all records in that a rule keeps out of a source now, and return the decision's number and their count.

    A record that broke another rule too stays out for that one; one that comes later is judged by the rule.

    Args:
        layout: only of this layout; a rule of the same name may stand in several.

    Raises:
        NightError: the rule keeps none of the source out, or keeps some out that can never be let in.
    """
    with open_newest_tables(project) as tables:
        found = tables.engine.fetch_all(BROKE_RULE, [source, rule, layout])
    if not found:
        raise NightError(
            f"{rule} keeps no record of {source} out. `cdp source quarantine list` names rules, sources and layouts."
        )
    layouts = sorted({name for _, _, name in found})
    for name in layouts:
        if obstacle := why_never(project.layouts.get(name), rule):
            others = f" Name another layout: --layout {' or '.join(layouts)}." if len(layouts) > 1 else ""
            raise NightError(f"{source}, layout {name}: {obstacle}{others}")
    items = [Released(file_id, line, rule) for file_id, line, _ in found]
    subject = f"{counted(len(items), 'record')} of {source} ({', '.join(layouts)}) for {rule}"
    return decide_release(project, source, subject, reason, items), len(items)


def release_source(project: Project, source: str, reason: str) -> tuple[int, list[str]]:
    """Let the files of a blocked source in as they are; return the decision's number and the files' names.

    Records in quarantine stay there. A file that could not be read, or does not add up, is not let in.

    Raises:
        NightError: no file of the source is held.
    """
    with open_newest_tables(project) as tables:
        held = tables.engine.fetch_all(HELD_BACK, [source])
    if not held:
        raise NightError(
            f"no file of {source} is held back. `cdp status` names blocked sources; a file that could not be read "
            "must be corrected or taken out of the landing folder."
        )
    subject = f"{counted(len(held), 'file')} of {source} as they are"
    decision = decide_release(project, source, subject, reason, [Released(file_id) for file_id, _ in held])
    return decision, [path for _, path in held]


def undo(project: Project, decision_id: int) -> ReleaseDecision:
    """Take a decision back: its records are judged again, its files held back.

    Raises:
        NightError: its files came to count meanwhile, in a night that is published.
    """
    folder = current_night(project.published)
    if folder and (files := files_let_in_by(project, decision_id)):
        with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
            counting = engine.fetch_column(COUNTING, [files])
        if counting:
            raise NightError(
                f"decision {decision_id} let {counting[0]} in, which counts by now, so it cannot be taken back. "
                "Deliver a corrected file; of several deliveries of a record the newest counts."
            )
    return undo_release(project, decision_id)


def why_never(layout: Layout | None, rule: str) -> str | None:
    """Say why a record that breaks a rule can never be let in as it is; nothing, where it can."""
    if rule == INCOMPLETE_RULE:
        return (
            "it waits for another line of its key, since half an order must not replace a whole one. Let that "
            "line in instead."
        )
    if rule == HELD_RULE:
        return "it is held back with its file. Correct the file, or let the files of its source in: cdp source release."
    if rule == KEYLESS_RULE:
        return f"{rule}: a record without its key cannot be told from others. Correct it at its source."
    if layout is None or rule not in {spec.expectation_id for spec in layout.gate}:
        return (
            f"{rule} is no rule of its layout: the line could not be read, so there is nothing to let in. Correct "
            "it at its source and deliver the file again under its name."
        )
    if layout.carries_consent:
        return (
            f"{rule}: its layout {layout.layout} carries consent, and what cannot be read may be a refusal. Consent is "
            f"never guessed: correct the record at its source, or the rule in config/layouts/{layout.layout}.yml if it "
            "is wrong."
        )
    typed = {name: column.type_expectation(name) for name, column in layout.columns.items()}
    if rule in {spec.expectation_id for spec in typed.values() if spec}:
        return (
            f"{rule}: the value is none of its column's type, so it would be lost. Correct `formats` or `type` in "
            f"config/layouts/{layout.layout}.yml; all files are judged anew then."
        )
    if rule in {f"{name}_not_be_null" for name in layout.key}:
        return f"{rule}: a record without its key cannot be told from others. Correct it at its source."
    return None


def _find(engine: Engine, file: str, line: int) -> QuarantinedRecord:
    rows = [QuarantinedRecord(*row) for row in engine.fetch_all(FIND, [file, line])]
    if not rows:
        raise NightError(
            f"{file} line {line}: not in quarantine. `cdp source quarantine list` names files and lines."
        )
    if len(rows) > 1:
        ids = ", ".join(row.file_id for row in rows)
        raise NightError(f"{file}: several files came under this name. Name one by its id: {ids}.")
    return rows[0]


CHOSEN = """
    ($1 is null or source_system = $1)
    and ($2 is null or list_contains(string_split(rule, ', '), $2))
    and ($3 is null or business_date = $3)
"""

FIELDS = "source_system, layout, file_id, path, line, rule, why, business_date"

COUNTS = f"""
select source_system, layout, rule, path, file_id, count(*) as records
from validate.quarantine where {CHOSEN}
group by all order by source_system, layout, records desc, rule, path, file_id
"""

RECORDS = f"""
select {FIELDS} from validate.quarantine where {CHOSEN}
order by business_date desc, source_system, path, line, file_id limit $4
"""

TOTAL = f"select count(*) from validate.quarantine where {CHOSEN}"

FIND = f"""
select {FIELDS} from validate.quarantine where (path = $1 or file_id = $1) and line = $2 order by file_id
"""

BROKE_RULE = """
select file_id, line, layout from validate.quarantine
where source_system = $1 and list_contains(string_split(rule, ', '), $2) and ($3 is null or layout = $3)
order by file_id, line
"""

HELD_BACK = """
select file_id, path from validate.conservation
where source_system = ? and state in ('held', 'accepted_by_old_rules') order by path, file_id
"""

COUNTING = """
select f.path from validate.accepted_file as a join extract.file as f using (file_id)
where list_contains(?, a.file_id) order by f.path
"""
