"""A layout: what a vendor's export looks like, whoever sends it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.contracts.table import ColumnContract, Sensitivity

Encoding = Literal["utf-8", "cp1252", "latin-1", "utf-16"]
Delimiter = Literal[",", ";", "\t", "|"]


class ColumnType(StrEnum):
    """What a column's text stands for; it is written in one form once the record is accepted."""

    TEXT = "text"  # as delivered
    INTEGER = "integer"  # 1234
    DECIMAL = "decimal"  # 1234.50: amounts and quantities, without currency signs
    DATE = "date"  # 2026-05-01
    TIMESTAMP = "timestamp"  # 2026-05-01 10:00:00, with its zone where one was delivered


class LayoutColumn(Contract):
    """One column of an export: its header as the vendor writes it, other spellings, sensitivity.

    Attributes:
        header: case-exact, as the vendor writes it.
        aliases: other headers for the same column, such as those of older exports.
        is_required: a file without the column is refused by name.
        type: what the text stands for. A value that is none goes to quarantine, or is reported, by `misfit`.
        formats: how dates and times are written, by strptime's signs; else those of the format.
        misfit: what a value does that is none of the type: critical quarantines its record, warning reports.
        why: the reason, shown with every record that fails.
        sensitivity: how close the column comes to a person.
        description: what it holds, where the header does not say it.
    """

    header: str
    aliases: list[str] = []
    is_required: bool = False
    type: ColumnType = ColumnType.TEXT
    formats: list[str] = []
    misfit: Severity = Severity.CRITICAL
    why: str | None = None
    sensitivity: Sensitivity = Sensitivity.NONE
    description: str = ""


class FileFormat(Contract):
    """How the file is written. Never guessed per file: a wrong guess swaps columns in silence.

    Attributes:
        delimiter: between two values of a line.
        encoding: of the text; a byte order mark is skipped.
        spreadsheet_guard: a sign in front of values that is no part of them, as spreadsheets write it.
        decimal_mark: of amounts; the other of the two groups thousands.
        date_formats: of date columns, by strptime's signs. ISO dates are always read.
        timestamp_formats: of timestamp columns, by strptime's signs. ISO times are always read.
        ends_with_newline: the exporting system ends every line, the last one too; a file that does not was cut
            off, and its last record goes to quarantine.
        sheet: of a workbook; else its first.
    """

    delimiter: Delimiter = ","
    encoding: Encoding = "utf-8"
    spreadsheet_guard: Literal["'"] | None = None
    decimal_mark: Literal[".", ","] = "."
    date_formats: list[str] = []
    timestamp_formats: list[str] = []
    ends_with_newline: bool = False
    sheet: str | None = None


class LinesPerKey(StrEnum):
    """Whether a key stands on one line (a contact) or on several (an order with its line items)."""

    ONE = "one"  # of several deliveries of a key one line is current
    MANY = "many"  # all lines of a key are taken from the newest file that holds it


class Layout(Contract):
    """One export layout: `config/layouts/<layout>.yml`.

    Attributes:
        layout: the file's name without `.yml`; sources and folders of `dbt_like_sql/standardise/` name it.
        title: the export's name for people.
        description: what one line is, and what is odd about the export.
        documentation: where the vendor describes it.
        key: the columns that name a record within one source.
        lines_per_key: whether a key stands on one line or on several.
        version_column: text that sorts by age (ISO times); of several deliveries of a key the greatest
            wins. Without it, the later delivery wins.
        facts_from_name: regular expression with named groups over the name of the file or ZIP member;
            each group becomes a column, for facts that stand nowhere else (Mailchimp's status).
        keeps_history: how a record looked, and when, stays on file (`validate.record_history`); for records of
            people, not for events.
        carries_consent: its records can hold a refusal, so one in quarantine stops messages to whomever it
            names: nobody can tell any more what it said.
    """

    layout: Identifier
    title: str
    description: str
    documentation: str
    format: FileFormat = FileFormat()
    key: list[Identifier] = Field(min_length=1)
    lines_per_key: LinesPerKey = LinesPerKey.ONE
    version_column: Identifier | None = None
    facts_from_name: str | None = None
    keeps_history: bool = False
    carries_consent: bool = False
    columns: dict[Identifier, LayoutColumn]
    expectations: list[ExpectationSpec] = []

    @property
    def fact_names(self) -> list[str]:
        """Columns that come from the file's name."""
        return sorted(re.compile(self.facts_from_name).groupindex) if self.facts_from_name else []

    @property
    def column_names(self) -> list[str]:
        """Columns of the raw table that hold delivered text, in order."""
        return [*self.columns, *self.fact_names]

    @property
    def column_contracts(self) -> list[ColumnContract]:
        """Contracts of the columns that hold delivered text, for the tables that are made of the layout."""
        described = [
            ColumnContract(
                name=name,
                type="VARCHAR",
                description=column.description or f"Column `{column.header}`.",
                sensitivity=column.sensitivity,
            )
            for name, column in self.columns.items()
        ]
        facts = [
            ColumnContract(name=name, type="VARCHAR", description="From the file's name.")
            for name in self.fact_names
        ]
        return [*described, *facts]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        named = {*self.key, *([self.version_column] if self.version_column else [])}
        missing = named - set(self.column_names)
        if missing:
            raise ValueError(f"key or version_column name columns that are not listed: {sorted(missing)}")
        spellings = [s for column in self.columns.values() for s in (column.header, *column.aliases)]
        twice = sorted({s for s in spellings if spellings.count(s) > 1})
        if twice:
            raise ValueError(f"these headers are claimed by two columns: {twice}")
        return self
