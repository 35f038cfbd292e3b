"""Columns of a drafted layout: type, format and sensitivity, with a note where the values leave a doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.contracts.table import Sensitivity
from cdp_pipeline.extract.inspection.forms import DecimalMark, Form
from cdp_pipeline.extract.inspection.inspect import Inspection
from cdp_pipeline.extract.inspection.meanings import MOST_ANSWERS, NamedColumn, all_meanings, answer_in
from cdp_pipeline.extract.inspection.profile import ColumnProfile

MONTH_FIRST = frozenset({"US", "PH"})
MUST_FIT = frozenset({"updated_at", "occurred_at", "amount", "refusal"})
NO_NUMBER = re.compile(
    r"(^|_)(id|no|nr|number|code|sku|gtin|ean|zip|plz|postcode|phone|card|reference|ip)(_|$)"
)
TELLING = {
    "e-mail address": Sensitivity.DIRECT,
    "phone number": Sensitivity.DIRECT,
    "IP address": Sensitivity.DIRECT,
    "UUID": Sensitivity.PSEUDONYM,
}
ANSWER_NOTES = {
    "consent": "looks like consent; it feeds nothing until a consent_event.sql says what it means",
    "refusal": "looks like consent, asked the other way round: yes means no; it feeds nothing until a consent_event.sql"
    " says what it means",
}
MARK_DOUBT = "decimal point or comma? No value proves one"
MOST_WORDS_SHOWN = 6
MOST_PATHS_SHOWN = 3


IDENTIFIES = {
    "email": ["email"],
    "phone": ["phone"],
    "mobile": ["phone"],
    "loyalty_number": ["external_id/loyalty_number"],
    "purchase_id": ["purchase"],
}
"""What a column of a meaning says about whom a record belongs to."""


@dataclass(frozen=True)
class DraftedColumn:
    """One column of the draft."""

    header: str
    name: str
    meaning: str | None
    type: ColumnType
    form: Form | None
    sensitivity: Sensitivity
    note: str
    profile: ColumnProfile

    @property
    def holds_consent(self) -> bool:
        """Whether its records can hold a refusal, in the column or in what is nested in it."""
        return self.meaning in ANSWER_NOTES or bool(answers_within(self.profile))

    def mapping(self, is_key: bool, kind: str = "") -> dict[str, Any]:  # noqa: FBT001 - one fact, named at its definition
        """Return what the layout says of the column; what is the default is left out.

        Args:
            kind: record kind of people's records, where the key is one's id.
        """
        said: dict[str, Any] = {"header": self.header}
        if is_key:
            said["is_required"] = True
        if self.type is not ColumnType.TEXT:
            said["type"] = str(self.type)
            if self.form and self.form.format:
                said["formats"] = [self.form.format]
            if self.meaning not in MUST_FIT:
                said["misfit"] = "warning"
        if self.sensitivity is not Sensitivity.NONE:
            said["sensitivity"] = str(self.sensitivity)
        if identifies := [
            *([f"record/{kind}"] if is_key and kind else []),
            *IDENTIFIES.get(self.meaning or "", []),
        ]:
            said["identifies"] = identifies[0] if len(identifies) == 1 else identifies
        return said


def format_of(inspection: Inspection) -> dict[str, Any]:
    """Return how the file is written, as far as it shows: the usual too, since a layout may say otherwise."""
    found: dict[str, Any] = {}
    if inspection.dialect:
        found |= {"delimiter": inspection.dialect.delimiter, "encoding": inspection.dialect.encoding}
    if any(profile.guarded for profile in inspection.profiles.values()):
        found["spreadsheet_guard"] = "'"
    if mark := proven_decimal_mark(inspection):
        found["decimal_mark"] = mark
    if nulls := null_texts_of(inspection):
        found["nulls"] = nulls
    if inspection.header_row:
        found["header_row"] = inspection.header_row
    return found


def null_texts_of(inspection: Inspection) -> list[str]:
    """Return the texts that stand for nothing; a person may be called Null, so that names alone prove none."""
    found: set[str] = set()
    for column in inspection.columns:
        texts = inspection.profiles[column.name].null_texts if inspection.profiles else {}
        is_name = column.meaning in {"given_name", "family_name", "full_name"}
        found |= {text for text in texts if not (is_name and text.isalpha())}
    return sorted(found)


def answers_within(profile: ColumnProfile) -> list[str]:
    """Return the paths of nested values that look like consent."""
    return [path for path in profile.paths if answer_in(path.replace(".", " "))]


def proven_decimal_mark(inspection: Inspection) -> DecimalMark | None:
    """Return the mark that more columns prove: those that can be read with it alone."""
    proofs: Counter[DecimalMark] = Counter()
    for profile in inspection.profiles.values():
        marks = {form.decimal_mark for form in profile.forms if form.decimal_mark}
        if len(marks) == 1:
            proofs.update(mark for mark in marks if mark)
    if proofs[","] == proofs["."]:
        return None
    return "," if proofs[","] > proofs["."] else "."


def draft_columns(inspection: Inspection, country: str) -> list[DraftedColumn]:
    """Draft every column that holds anything; a question of consent that nobody has answered yet will be."""
    mark = proven_decimal_mark(inspection)
    proven = _proven_formats(inspection)
    profiles = inspection.profiles
    kept = [c for c in inspection.columns if profiles[c.name].filled or c.meaning in ANSWER_NOTES]
    return [_draft(column, profiles[column.name], mark, proven, country) for column in kept]


def _proven_formats(inspection: Inspection) -> set[str]:
    """Return the formats in which a column is written that fits no other."""
    found = set()
    for profile in inspection.profiles.values():
        formats = {form.format for form in profile.forms if form.format}
        if len(formats) == 1:
            found |= {str(format_) for format_ in formats}
    return found


def _draft(
    column: NamedColumn, profile: ColumnProfile, mark: DecimalMark | None, proven: set[str], country: str
) -> DraftedColumn:
    usable = [form for form in profile.forms if form.decimal_mark in {None, mark or "."}]
    form, doubt = _choose_form(usable, proven, country)
    type_ = _type_of(column, form)
    if type_ is ColumnType.DECIMAL and mark is None:
        doubt = MARK_DOUBT
    note = doubt or _note(column, profile, type_)
    return DraftedColumn(
        header=column.header,
        name=column.name,
        meaning=column.meaning,
        type=type_,
        form=form if type_ is not ColumnType.TEXT else None,
        sensitivity=_sensitivity_of(column, profile, type_),
        note=note,
        profile=profile,
    )


def _note(column: NamedColumn, profile: ColumnProfile, type_: ColumnType) -> str:
    if column.meaning in ANSWER_NOTES:
        return ANSWER_NOTES[column.meaning]
    if within := answers_within(profile):
        return f"looks like consent within: {', '.join(within[:MOST_PATHS_SHOWN])}"
    if type_ is not ColumnType.TEXT:
        return ""
    if profile.paths:
        return "nested; json_text reads a value out of it"
    if profile.nearly:
        return f"{profile.nearly.name} but for {profile.misfits} of {profile.filled} values"
    if len(profile.words) <= MOST_WORDS_SHOWN and column.meaning is None:
        return f"one of: {', '.join(profile.words)}" if profile.words else ""
    return ""


def _choose_form(forms: Sequence[Form], proven: set[str], country: str) -> tuple[Form | None, str]:
    """Choose the narrowest; where day and month may be swapped, what another column proves, else the country."""
    formats = {form.format: form for form in forms if form.format}
    if len({format_[:2] for format_ in formats if format_}) < 2 or forms[0].format is None:
        return (forms[0] if forms else None), ""
    settled = [form for format_, form in formats.items() if format_ in proven]
    if settled:
        return settled[0], ""
    usual = "%m" if country in MONTH_FIRST else "%d"
    chosen = next((form for form in formats.values() if str(form.format).startswith(usual)), forms[0])
    return chosen, "day or month first? Every value can be read both ways"


def _type_of(column: NamedColumn, form: Form | None) -> ColumnType:
    """Numbers are numbers only where something is counted: ids, phones and postcodes keep their zeros."""
    if form is None:
        return ColumnType.TEXT
    if column.meaning in ANSWER_NOTES and form.type not in {ColumnType.DATE, ColumnType.TIMESTAMP}:
        return ColumnType.TEXT  # 1 today, yes tomorrow: a misfit would lose an answer
    if form.type in {ColumnType.INTEGER, ColumnType.DECIMAL}:
        is_count = column.meaning in {None, "amount"} and not NO_NUMBER.search(column.name)
        return form.type if is_count else ColumnType.TEXT
    return form.type


def _sensitivity_of(column: NamedColumn, profile: ColumnProfile, type_: ColumnType) -> Sensitivity:
    """What the meaning says; text of an unknown meaning may name people, unless it is a list of words."""
    is_free_text = (
        type_ is ColumnType.TEXT and column.meaning in ANSWER_NOTES and profile.distinct > MOST_ANSWERS
    )
    if column.meaning and not is_free_text:
        return all_meanings()[column.meaning].sensitivity
    telling = [TELLING[form.name] for form in profile.forms if form.name in TELLING]
    if telling:
        return telling[0]
    if type_ is not ColumnType.TEXT or profile.words:
        return Sensitivity.NONE
    return Sensitivity.PSEUDONYM if re.search(r"(^|_)id$", column.name) else Sensitivity.DIRECT
