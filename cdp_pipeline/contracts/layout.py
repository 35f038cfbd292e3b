"""A layout: what a vendor's export looks like, whoever sends it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.column_type import ColumnType, breach, canonical_pattern, expected_form
from cdp_pipeline.contracts.expectation import Expectations, ExpectationSpec, Severity, distinctly_named
from cdp_pipeline.contracts.identity import Identities
from cdp_pipeline.contracts.table import ColumnContract, Sensitivity
from cdp_pipeline.contracts.time_format import check_time_formats

Encoding = Literal[
    "utf-8", "utf-16", "cp1250", "cp1252", "cp1254", "latin-1", "iso-8859-2", "iso-8859-9", "iso-8859-15"
]
"""Western, Central European and Turkish, as Windows and older systems write them."""

Delimiter = Literal[",", ";", "\t", "|"]


def _can_stand_in_a_cell(text: str) -> str:
    if text != text.strip() or not text:
        raise ValueError(
            f"{text!r} stands in no cell: blanks around values are trimmed, and blank cells are null anyway. Between "
            "double quotes YAML reads \\N as a blank sign: write '\\N' between single ones"
        )
    return text


NullText = Annotated[str, AfterValidator(_can_stand_in_a_cell)]

UNIQUENESS = frozenset({"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"})
PLACE_OF_RECORD = (
    ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
    ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger."),
    ColumnContract(
        name="line", type="BIGINT", description="Line of the file, from 1; of a workbook or Parquet the row."
    ),
)
"""Where a delivered record stands, in every table of such records."""

COLUMNS_OF_EVERY_TABLE = frozenset({*(column.name for column in PLACE_OF_RECORD), "delivered_on"})


WHOSE_RECORD = frozenset({"identifies", "parted_by"})
"""Keys of a column that say whom a record belongs to, and nothing about how it is read or judged."""


class LayoutColumn(Contract):
    """One column of an export: its header as the vendor writes it, other spellings, sensitivity.

    Attributes:
        header: case-exact, as the vendor writes it.
        aliases: other headers for the same column, such as those of older exports.
        is_required: a file without the column is refused by name.
        type: what the text stands for. A value that is none goes to quarantine, or is reported, by `misfit`.
        formats: how dates and times are written, by strptime's signs; else those of the format.
        max_decimals: most digits behind the decimal mark. With 2, an amount of `1.234` is a misfit rather than
            little more than one: somebody may have meant the point to group thousands.
        needs_zone: a time that does not name its zone is a misfit; else it is one of the source's zone.
        misfit: what a value does that is none of the type: critical quarantines its record, warning reports.
        why: the reason, shown with every record that fails.
        sensitivity: how close the column comes to a person.
        identifies: whom a record belongs to, as far as the value says: email, phone, contact, record/<kind>,
            external_id/<kind>, purchase, interaction, cookie or account. Erasure finds a person's records by it.
        parted_by: sign between several such values in one cell.
        description: what it holds, where the header does not say it.
    """

    header: str
    aliases: list[str] = []
    is_required: bool = False
    type: ColumnType = ColumnType.TEXT
    formats: list[str] = []
    max_decimals: int | None = Field(default=None, ge=1, le=9)
    needs_zone: bool = False
    misfit: Severity = Severity.CRITICAL
    why: str | None = None
    sensitivity: Sensitivity = Sensitivity.NONE
    identifies: Identities = []
    parted_by: Literal[";", ",", "|"] | None = None
    description: str = ""

    @property
    def pattern(self) -> str:
        """The regular expression of the column's values in their one form, to be matched in full."""
        return canonical_pattern(self.type, max_decimals=self.max_decimals, needs_zone=self.needs_zone)

    def type_expectation(self, name: str, written: FileFormat | None = None) -> ExpectationSpec | None:
        """What the type promises of the column; nothing, where it is text.

        Args:
            written: how the file is written, for the example that a person reads.
        """
        if self.type is ColumnType.TEXT:
            return None
        return ExpectationSpec(
            type="expect_column_values_to_match_regex",
            # \\Z, not $: that would let a line break at the end pass.
            kwargs={"column": name, "regex": rf"^(?:{self.pattern})\Z"},
            severity=self.misfit,
            name=f"{name}_{breach(self.type)}",
            expected=self._expected(written or FileFormat()),
            why=self.why,
        )

    def _expected(self, written: FileFormat) -> str:
        is_date = self.type is ColumnType.DATE
        return expected_form(
            self.type,
            decimal_mark=written.decimal_mark,
            formats=self.formats or (written.date_formats if is_date else written.timestamp_formats),
            max_decimals=self.max_decimals,
            needs_zone=self.needs_zone,
        )

    @model_validator(mode="after")
    def _settings_fit_the_type(self) -> Self:
        is_time = self.type in (ColumnType.DATE, ColumnType.TIMESTAMP)
        belongs = {
            "formats": is_time,
            "max_decimals": self.type is ColumnType.DECIMAL,
            "needs_zone": self.type is ColumnType.TIMESTAMP,
            "misfit": self.type is not ColumnType.TEXT,
            "why": self.type is not ColumnType.TEXT,
        }
        for name, fits in belongs.items():
            if not fits and getattr(self, name) != type(self).model_fields[name].get_default():
                raise ValueError(
                    f"`{name}` says nothing about a column of type {self.type}. Name the `type` that it is "
                    f"meant for, or leave `{name}` out"
                )
        check_time_formats(self.formats)
        return self


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
        nulls: texts that stand for an empty cell, in every column and case-exact, such as NULL or n/a.
        header_row: line or row of the header, from 1, where titles stand above it; else the first that is not blank.
    """

    delimiter: Delimiter = ","
    encoding: Encoding = "utf-8"
    spreadsheet_guard: Literal["'"] | None = None
    decimal_mark: Literal[".", ","] = "."
    date_formats: list[str] = []
    timestamp_formats: list[str] = []
    ends_with_newline: bool = False
    sheet: str | None = None
    nulls: list[NullText] = []
    header_row: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _times_have_one_meaning(self) -> Self:
        check_time_formats(self.date_formats)
        check_time_formats(self.timestamp_formats)
        return self


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
    expectations: Expectations = []

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

    @property
    def gate(self) -> list[ExpectationSpec]:
        """What new records are held to: a complete key, what the types promise, and what is declared.

        The parts of a longer key may be empty; which of them must not is declared.
        """
        complete = [
            ExpectationSpec(
                type="expect_column_values_to_not_be_null",
                kwargs={"column": name},
                why="A record without an id cannot be told from others or found again.",
            )
            for name in (self.key if len(self.key) == 1 else [])
        ]
        typed = [column.type_expectation(name, self.format) for name, column in self.columns.items()]
        implied = [*complete, *(spec for spec in typed if spec)]
        declared = {spec.demand for spec in self.expectations}
        return distinctly_named(
            [*(spec for spec in implied if spec.demand not in declared), *self.expectations]
        )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if taken := sorted(COLUMNS_OF_EVERY_TABLE.intersection(self.column_names)):
            raise ValueError(f"every table of delivered records has a column {taken[0]}; choose another name")
        named = {*self.key, *([self.version_column] if self.version_column else [])}
        missing = named - set(self.column_names)
        if missing:
            raise ValueError(f"key or version_column name columns that are not listed: {sorted(missing)}")
        if unique := sorted(UNIQUENESS.intersection(spec.type for spec in self.expectations)):
            raise ValueError(
                f"expectation `{unique[0]}` has no place in a layout: files are judged as they come, so the verdict "
                "would depend on which of them came together, and one record may well come twice. Of several "
                "deliveries of a `key` the newest counts; declare uniqueness in the .yml of a model that reads the "
                "layout"
            )
        spellings = [s for column in self.columns.values() for s in {column.header, *column.aliases}]
        twice = sorted({s for s in spellings if spellings.count(s) > 1})
        if twice:
            raise ValueError(f"these headers are claimed by two columns: {twice}")
        return self
