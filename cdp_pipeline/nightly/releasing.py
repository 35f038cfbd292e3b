"""Letting in what the gate kept out, by a decision of a person.

A decision is put on record in the control database; the next night goes by it. What was let in before is not
decided again.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.releases import (
    Released,
    ReleaseDecision,
    decide_release,
    files_let_in_by,
    releases_in_force,
    undo_release,
)
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.newest_tables import open_newest_tables
from cdp_pipeline.nightly.quarantine import FIND, find_record
from cdp_pipeline.plural import counted
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import published_nights
from cdp_pipeline.validate.judgement import INCOMPLETE_RULE, KEYLESS_RULE
from cdp_pipeline.validate.quarantine import HELD_RULE

NOT_NULL = "expect_column_values_to_not_be_null"


@dataclass(frozen=True)
class LetIn:
    """What came of letting records or files in; what was let in before is not decided again.

    Attributes:
        decision_id: the decision just made or, where nothing was left to decide, the newest earlier one.
        decided: how many records or files it let in; none, if all of them were let in before.
        before: how many were.
        paths: names of the files, where whole files were asked for.
    """

    decision_id: int
    decided: int
    before: int = 0
    paths: tuple[str, ...] = ()


def release_record(project: Project, file: str, line: int, reason: str) -> LetIn:
    """Let one record in for all rules that it broke.

    Raises:
        NightError: it cannot be let in, is not there, or was judged by an older version.
    """
    with open_newest_tables(project) as tables:
        if decision := _decision_that_let_in(tables.engine, project, file, line):
            return LetIn(decision, decided=0, before=1)
        record = find_record(tables.engine, file, line)
        _refuse_older_tables(tables.engine, "validate.quarantine")
        broken = tables.engine.fetch_all(RULES_BROKEN, [record.file_id, line])
    for rule in record.rules:
        if obstacle := why_never(project.layouts.get(record.layout), rule):
            raise NightError(f"{record.path} line {line}: {obstacle}")
    items, earlier = _undecided(
        project, [Released(record.file_id, line, rule, judged_by) for rule, judged_by in broken]
    )
    if not items:
        return LetIn(max(earlier), decided=0, before=1)
    subject = f"{record.path} line {line} for {', '.join(str(item.rule) for item in items)}"
    return LetIn(decide_release(project, record.source_system, subject, reason, items), decided=1)


def release_rule(project: Project, rule: str, source: str, reason: str, layout: str | None = None) -> LetIn:
    """Let all records in that a rule keeps out of a source now.

    A record that broke another rule too stays out for that one; one that comes later is judged by the rule.

    Args:
        layout: only of this layout; a rule of the same name may stand in several.

    Raises:
        NightError: the rule keeps none of the source out, or keeps some out that can never be let in, or that an older
            version judged.
    """
    with open_newest_tables(project) as tables:
        _refuse_older_tables(tables.engine, "validate.quarantine")
        found = tables.engine.fetch_all(BROKE_RULE, [source, rule, layout])
    if not found:
        raise NightError(
            f"{rule} keeps no record of {source} out. `cdp source quarantine list` names rules, sources and layouts."
        )
    layouts = sorted({name for _, _, name, _ in found})
    for name in layouts:
        if obstacle := why_never(project.layouts.get(name), rule):
            others = f" Name another layout: --layout {' or '.join(layouts)}." if len(layouts) > 1 else ""
            raise NightError(f"{source}, layout {name}: {obstacle}{others}")
    items, earlier = _undecided(
        project, [Released(file_id, line, rule, judged_by) for file_id, line, _, judged_by in found]
    )
    if not items:
        return LetIn(max(earlier), decided=0, before=len(earlier))
    subject = f"{counted(len(items), 'record')} of {source} ({', '.join(layouts)}) for {rule}"
    return LetIn(decide_release(project, source, subject, reason, items), len(items), len(earlier))


def release_source(project: Project, source: str, reason: str) -> LetIn:
    """Let the files of a blocked source in as they are.

    Records in quarantine stay there. A file that could not be read, or does not add up, is not let in. The decision
    covers the rules by which the files are held, and no later ones.

    Raises:
        NightError: no file of the source is held, or an older version judged it.
    """
    with open_newest_tables(project) as tables:
        _refuse_older_tables(tables.engine, "validate.conservation")
        held = tables.engine.fetch_all(HELD_BACK, [source])
    if not held:
        raise NightError(
            f"no file of {source} is held back. `cdp status` names blocked sources; a file that could not be read "
            "must be corrected or taken out of the landing folder."
        )
    items, earlier = _undecided(project, [Released(file_id, judged_by=rules) for file_id, _, rules in held])
    paths = tuple(path for _, path, _ in held)
    if not items:
        return LetIn(max(earlier), decided=0, before=len(earlier), paths=paths)
    subject = f"{counted(len(items), 'file')} of {source} as they are"
    return LetIn(decide_release(project, source, subject, reason, items), len(items), len(earlier), paths)


def undo(project: Project, decision_id: int) -> ReleaseDecision:
    """Take a decision back: its records are judged again, its files held back.

    Raises:
        NightError: its files count in the newest published night, which went by it. To roll that back changes nothing:
            the working file counts with them.
    """
    folder = next(reversed(published_nights(project.published)), None)
    went_by = read_manifest(folder).decisions if folder else []
    if folder and decision_id in went_by and (files := files_let_in_by(project, decision_id)):
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
    gate = {spec.expectation_id: spec for spec in layout.gate} if layout else {}
    if layout is None or rule not in gate:
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
    if gate[rule].demand in {spec.demand for spec in typed.values() if spec}:
        return (
            f"{rule}: the value is none of its column's type, so it would be lost. Correct `formats` or `type` in "
            f"config/layouts/{layout.layout}.yml; all files are judged anew then."
        )
    if gate[rule].type == NOT_NULL and gate[rule].kwargs.get("column") in layout.key:
        return f"{rule}: a record without its key cannot be told from others. Correct it at its source."
    return None


def _refuse_older_tables(engine: Engine, table: str) -> None:
    """Refuse to decide by tables without the hashes on which decisions rest.

    Raises:
        NightError: an older version wrote them, or a night that ended before it came to the table.
    """
    if not engine.table_exists(table) or "judged_by" not in engine.describe(f"from {table}"):
        raise NightError(
            "the newest night was judged by an older version, or ended early, and does not tell by which rules. "
            "Run a night first (cdp run), then decide."
        )


def _undecided(project: Project, items: list[Released]) -> tuple[list[Released], list[int]]:
    """Tell what no decision in force lets in yet, and the decisions that let the rest in, one per item.

    Raises:
        NightError: an older version judged one of them, so that a decision would never apply.
    """
    if old := [item for item in items if not item.judged_by]:
        line = f" line {old[0].line}" if old[0].line else ""
        raise NightError(
            f"{old[0].file_id}{line}: judged by an older version, and not anew since. Run a night first (cdp run), "
            "then decide; where changed rules block the source, let them apply: cdp source release."
        )
    standing = {
        Released(**{name: value for name, value in row.items() if name != "decision_id"}): row["decision_id"]
        for row in releases_in_force(project).to_pylist()
    }
    return (
        [item for item in items if item not in standing],
        [standing[item] for item in items if item in standing],
    )


def _decision_that_let_in(engine: Engine, project: Project, file: str, line: int) -> int | None:
    """Name the newest decision by which a record is no longer in quarantine; nothing, where it is or none was made."""
    if engine.fetch_all(FIND, [file, line]):
        return None
    files = set(
        engine.fetch_column("select file_id from extract.file where path = $1 or file_id = $1", [file])
    )
    decisions = [
        row["decision_id"]
        for row in releases_in_force(project).to_pylist()
        if row["file_id"] in files and row["line"] == line and row["judged_by"]
    ]
    return max(decisions, default=None)


RULES_BROKEN = """
select unnest(string_split(rule, ', ')) as rule, unnest(string_split(judged_by, ', ')) as judged_by
from validate.quarantine where file_id = ? and line = ?
"""

BROKE_RULE = """
select file_id, line, layout, string_split(judged_by, ', ')[list_position(string_split(rule, ', '), $2)] as judged_by
from validate.quarantine
where source_system = $1 and list_contains(string_split(rule, ', '), $2) and ($3 is null or layout = $3)
order by file_id, line
"""

HELD_BACK = """
select file_id, path, judged_by from validate.conservation
where source_system = ? and state in ('held', 'accepted_by_old_rules', 'held_list') order by path, file_id
"""

COUNTING = """
select f.path from validate.accepted_file as a join extract.file as f using (file_id)
where list_contains(?, a.file_id) order by f.path
"""
