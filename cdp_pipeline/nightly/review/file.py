"""The review queue as a file that people fill in, and reading it back.

It holds personal data: only its owner may read it. In the workbook every cell is text, so no formula of a delivered
value can run; in CSV such values are guarded.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_decisions import Decided
from cdp_pipeline.control.match_statement import MatchStatement
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.nightly.decision_file import DecisionForm, decide_from_file
from cdp_pipeline.nightly.review.pairs import ReviewPair
from cdp_pipeline.nightly.review.sides import FACTS
from cdp_pipeline.nightly.review.words import DEFAULT_REASON, question, silent, spoken, weight_words
from cdp_pipeline.nightly.review.workbook import PAIRS_SHEET, as_workbook

PRIVATE_FILE = 0o600
FILLED_IN = ("decision", "reason", "reviewer")
FACT_COLUMNS = tuple(f"{side}_{name}" for name in FACTS for side in ("left", "right"))
SHOWN = (
    "position",
    "question",
    *FACT_COLUMNS,
    "evidence",
    "not_compared",
    "match_weight",
    "records",
    "revenue_eur",
)
COLUMNS = (*FILLED_IN, *SHOWN, "left_customer", "right_customer", "left_record", "right_record")

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

FORM = DecisionForm(
    sheet=PAIRS_SHEET,
    shown_columns=tuple(name for name in COLUMNS if name not in {*FILLED_IN, "left_record", "right_record"}),
    default_reason=DEFAULT_REASON,
    skips_undecided=True,
)


def export_queue(pairs: Sequence[ReviewPair], file: Path) -> None:
    """Write the queue to a file of its own, one row per pair, the column `decision` empty.

    Raises:
        LandingFileError: the file is there already, cannot be written, or is named as another kind.
    """
    if file.suffix.lower() not in {".xlsx", ".csv"}:
        raise LandingFileError(f"{file}: end the name in .xlsx or .csv.")
    rows = [row_of(pair) for pair in pairs]
    content = as_workbook(COLUMNS, rows) if file.suffix.lower() == ".xlsx" else _as_csv(rows)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError:
        raise LandingFileError(
            f"{file}: is there already, perhaps with decisions. Give another name."
        ) from None
    except OSError as error:
        raise LandingFileError(f"{file}: cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def import_decisions(project: Project, file: Path, reviewer: str) -> tuple[Decided, list[MatchStatement]]:
    """Put the decisions of a filled-in file on record; rows without one stay open.

    Raises:
        LandingFileError: the file cannot be read, or one of its rows does not fit; nothing was decided.
        ControlError: a decision that stands says the opposite; nothing was decided.
    """
    return decide_from_file(project, file, reviewer, FORM)


def row_of(pair: ReviewPair) -> dict[str, str]:
    """Return the cells of a pair by column."""
    sides = {"left": pair.left, "right": pair.right}
    return {
        **dict.fromkeys(FILLED_IN, ""),
        "position": str(pair.position),
        "question": question(pair),
        **{
            f"{side}_{name}": "\n".join(values)
            for side, known in sides.items()
            for name, values in known.facts.items()
        },
        "evidence": "\n".join(f"{words} {weight:+.1f}" for words, weight in spoken(pair)) or (pair.why or ""),
        "not_compared": ", ".join(silent(pair)),
        "match_weight": weight_words(pair),
        "records": f"{pair.left.record_count} and {pair.right.record_count}",
        "revenue_eur": f"{pair.revenue_eur:.2f}",
        **{f"{side}_customer": known.customer_id for side, known in sides.items()},
        **{f"{side}_record": "/".join(known.record) for side, known in sides.items()},
    }


def _as_csv(rows: Sequence[dict[str, str]]) -> bytes:
    """Return CSV in UTF-8 with its mark, by which spreadsheets know it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _guarded(cell) for name, cell in row.items()} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _guarded(cell: str) -> str:
    """Keep a spreadsheet from taking a value for a formula; record keys begin with the name of a source."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell
