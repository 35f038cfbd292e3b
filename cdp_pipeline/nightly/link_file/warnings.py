"""What speaks against trusting a linked file, or should be looked at first, in words."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.link_file.findings import FileFacts
from cdp_pipeline.nightly.link_file.names import BY_VALUES
from cdp_pipeline.nightly.link_file.records import RecognisedFile
from cdp_pipeline.nightly.link_file.roles import Role
from cdp_pipeline.nightly.link_file.unread import Fate, UnusedValues
from cdp_pipeline.nightly.linkage_doubts import confidence_doubt, model_doubt
from cdp_pipeline.plural import counted

NAMES = frozenset({Role.GIVEN_NAME, Role.FAMILY_NAME, Role.FULL_NAME})
BESIDE_THE_NAME = frozenset({Role.BIRTH_DATE, Role.EMAIL, Role.PHONE, Role.LOYALTY_NUMBER, Role.STREET})

FOREIGN_SHARE = 0.2
"""Share of unreadable phones from which on they are more likely another country's than typing errors."""


def warnings_about(
    files: Sequence[RecognisedFile], facts: Sequence[FileFacts], unused: Sequence[UnusedValues]
) -> list[str]:
    """Say what makes the result less sure than it looks."""
    roles = {column.role for file in files for column in file.columns}
    said = []
    if not any(file.records for file in facts):
        return [f"{file.label}: holds no records, only a header, so the output is empty." for file in facts]
    if not roles & NAMES:
        said.append(
            "Low confidence: no column of names is known, so only contacts, numbers and columns of the file itself "
            "tell people apart. If a column holds names, say so: --column HEADER=full_name."
        )
    elif not roles & BESIDE_THE_NAME:
        said.append(
            "Low confidence: nothing but the name and weak columns tells people apart, so namesakes may be taken for "
            "one person. Add a birth date, an e-mail, a phone or a street."
        )
    for number, file in enumerate(facts):
        unreadable = [u for u in unused if u.file_number == number and u.fate is Fate.UNREADABLE]
        found = [
            _titles(file),
            _inferred_name(file),
            _repeated(file),
            _unreadable(file, unreadable),
            _ids(file),
        ]
        said += [f"{file.label}: {sentence}" for sentence in found if sentence]
    return said


def doubts_about(engine: Engine) -> list[str]:
    """Say that the model fits badly, or that many pairs are uncertain, and what to do about it."""
    doubts = [
        model_doubt(engine, "Let it learn from the file: leave out --no-train and --model."),
        confidence_doubt(
            engine,
            "Add columns that tell people apart, or judge the pairs that --edges FILE lists as near_miss.",
        ),
    ]
    return [doubt for doubt in doubts if doubt]


def places(unused: UnusedValues, file: FileFacts) -> str:
    """Name the first lines on which such values stand."""
    more = ", …" if unused.values > len(unused.lines) else ""
    word = f"{file.line_word}{'s' if unused.values > 1 else ''}"
    return f"{word} {', '.join(f'{line:,}' for line in unused.lines)}{more}"


def _titles(file: FileFacts) -> str:
    if not file.header_row:
        return ""
    return f"the header is taken from row {file.header_row}. Wrong? Say where it stands: --header-row N."


def _inferred_name(file: FileFacts) -> str:
    header = next((c.header for c in file.columns if c.reason == BY_VALUES), None)
    if header is None:
        return ""
    option = shlex.quote(f"{header}=attribute")
    return (
        f"no header says name; {header!r} is taken as the full name by its values. Wrong? --column {option}."
    )


def _repeated(file: FileFacts) -> str:
    if not file.repeated_headers:
        return ""
    names = ", ".join(map(repr, file.repeated_headers))
    return (
        f"more than one column is headed {names}; all of these are left out. Give each a header of its own."
    )


def _unreadable(file: FileFacts, unused: Sequence[UnusedValues]) -> str:
    if not unused:
        return ""
    told = [
        f"{counted(one.values, one.kind.replace('_', ' ') + ' value')} ({places(one, file)})"
        for one in unused
    ]
    phones = sum(column.filled for column in file.columns if column.role is Role.PHONE)
    are_foreign = any(one.kind == "phone" and one.values >= FOREIGN_SHARE * phones for one in unused)
    remedy = (
        f" Phones of another country than {file.country}? Say which: --country CODE." if are_foreign else ""
    )
    return f"cannot be read, and counts as empty: {', '.join(told)}.{remedy}"


def _ids(file: FileFacts) -> str:
    if file.has_record_ids or not file.records:
        return ""
    return f"no column tells all records apart, so source_record_id is the number of the {file.line_word}."
