"""Decisions about pairs of records from a CSV, TSV or XLSX file: all of its rows are taken, or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_decisions import Decided, decide_matches
from cdp_pipeline.control.match_statement import MatchStatement, MatchVerdict, RecordKey
from cdp_pipeline.errors import ControlError, LandingFileError
from cdp_pipeline.extract.readers import library_errors_in_words, open_reading
from cdp_pipeline.extract.readers.delimited import RAGGED_RULE

VERDICTS = {
    "must_link": MatchVerdict.MUST_LINK,
    "same": MatchVerdict.MUST_LINK,
    "never_link": MatchVerdict.NEVER_LINK,
    "different": MatchVerdict.NEVER_LINK,
}

REQUIRED, OPTIONAL = ("decision", "left_record", "right_record", "reason"), ("reviewer", "expires_on")

DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")


class Row(NamedTuple):
    """One row of the file, its cells trimmed; an empty one is an empty text."""

    line: int
    decision: str
    left_record: str
    right_record: str
    reason: str
    reviewer: str
    expires_on: str


class DecisionForm(NamedTuple):
    """What a file may hold besides plain decisions.

    Attributes:
        sheet: of a workbook; else its first.
        shown_columns: for the reader's eye; they say nothing.
        default_reason: for rows that give none.
        skips_undecided: a row without a decision is left open, else it is a fault.
    """

    sheet: str | None = None
    shown_columns: tuple[str, ...] = ()
    default_reason: str = ""
    skips_undecided: bool = False


PLAIN = DecisionForm()


def decide_from_file(
    project: Project, file: Path, reviewer: str, form: DecisionForm = PLAIN
) -> tuple[Decided, list[MatchStatement]]:
    """Put the decisions of a file on record, and return what became of them; those of before are known.

    Args:
        reviewer: who decided where the file does not say.
        form: what it may hold besides.

    Raises:
        LandingFileError: the file cannot be read, or one of its rows does not fit; the message names row and remedy.
        ControlError: a decision that stands says the opposite, or the database cannot be written.
    """
    statements = read_statements(file, reviewer, form)
    return decide_matches(project, statements), statements


def read_statements(file: Path, reviewer: str, form: DecisionForm = PLAIN) -> list[MatchStatement]:
    """Read and check every row; rows that say the same are one statement.

    Raises:
        LandingFileError: the file cannot be read, or one of its rows does not fit.
    """
    first_lines: dict[tuple[RecordKey, RecordKey], tuple[int, MatchVerdict]] = {}
    statements: dict[MatchStatement, None] = {}
    for row in _rows(file, form):
        try:
            statement = _statement(row, reviewer)
        except ControlError as error:
            raise LandingFileError(f"{file}: row {row.line}: {error} Nothing was decided.") from None
        line, verdict = first_lines.setdefault(statement.pair, (row.line, statement.decision))
        if verdict is not statement.decision:
            raise LandingFileError(
                f"{file}: row {row.line}: says {statement.decision}, and row {line} says {verdict} of the same two "
                "records. Keep one of them. Nothing was decided."
            )
        statements[statement] = None
    if not statements:
        raise LandingFileError(f"{file}: holds no decision. Give one pair of records per row.")
    return list(statements)


def _rows(file: Path, form: DecisionForm) -> Iterator[Row]:
    if not file.is_file():
        what = "is a folder; name a file in it" if file.is_dir() else "the file does not exist"
        raise LandingFileError(f"{file}: {what}.")
    label, layout = str(file), _layout(file, form)
    with library_errors_in_words(label):
        reading = open_reading(file, layout, label)
        if unknown := reading.columns.unknown():
            raise LandingFileError(
                f"{file}: column {unknown[0]!r} is unknown. Rename or remove it. "
                f"Accepted: {', '.join([*REQUIRED, *OPTIONAL])}."
            )
        for batch in reading.batches():
            for fault in batch.unparsed.slice(0, 1).to_pylist():
                says = "has" if fault["rule"] == RAGGED_RULE else "is no record:"
                raise LandingFileError(f"{file}: row {fault['line']} {says} {fault['reason']}. Correct it.")
            for cells in batch.records.to_pylist():
                texts = {name: (cells[name] or "").strip() for name in (*REQUIRED, *OPTIONAL)}
                texts["reason"] = texts["reason"] or form.default_reason
                if texts["decision"] or not form.skips_undecided:
                    yield Row(line=cells["line"], **texts)


def _layout(file: Path, form: DecisionForm) -> Layout:
    """Describe the file; Excel writes CSV with semicolons in half of Europe, so the header says which sign it is."""
    names = (*REQUIRED, *OPTIONAL, *form.shown_columns)
    columns = {name: {"header": name, "is_required": name in REQUIRED} for name in names}
    with file.open("rb") as stream:
        header = stream.readline(4096)
    document = {
        "layout": "match_decisions",
        "title": "Decisions about pairs of records",
        "description": "One pair of records per row.",
        "documentation": "docs/how-to/decide-who-is-one-person.md",
        "format": {
            "delimiter": max(",;\t", key=lambda sign: header.count(sign.encode())),
            "sheet": form.sheet,
        },
        "key": ["left_record", "right_record"],
        "columns": columns,
    }
    return parse_contract(document, Layout, origin="cdp link decide")


def _statement(row: Row, reviewer: str) -> MatchStatement:
    verdict = VERDICTS.get(row.decision.lower())
    if verdict is None:
        raise ControlError("decision: write must_link (one person) or never_link (two people).")
    return MatchStatement(
        verdict,
        _key("left_record", row.left_record),
        _key("right_record", row.right_record),
        row.reviewer or reviewer,
        row.reason,
        last_day(row.expires_on, "expires_on"),
    )


def _key(column: str, text: str) -> RecordKey:
    try:
        return RecordKey.parse(text)
    except ControlError as error:
        raise ControlError(f"{column}: {error}") from None


def last_day(text: str, said_in: str) -> date | None:
    """Read the last day (UTC) on which a decision holds; a workbook may hand out a date with midnight.

    Args:
        said_in: column or option, for the message.

    Raises:
        ControlError: it is no date, or has passed.
    """
    if not text:
        return None
    for format_ in DATE_FORMATS:
        try:
            day = datetime.strptime(text.removesuffix(" 00:00:00"), format_).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if day < datetime.now(UTC).date():
            raise ControlError(f"{said_in}: {day} has passed. Name a day to come, or leave the decision out.")
        return day
    raise ControlError(f"{said_in}: is no date. Write it as 2027-01-31 or 31.01.2027.")
