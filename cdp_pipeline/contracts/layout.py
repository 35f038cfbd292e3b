"""A layout (what a vendor's export looks like) and a source (one shop, one till system that delivers it)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.table import ColumnContract, Sensitivity


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone of the IANA database, such as Europe/Berlin")
    return str(ZoneInfo(name))


ZoneName = Annotated[str, AfterValidator(_known_zone)]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class LayoutColumn(Contract):
    """One column of an export: its header as the vendor writes it, other spellings, sensitivity.

    Attributes:
        header: case-exact, as the vendor writes it.
        aliases: other headers for the same column, such as those of older exports.
        is_required: a file without the column is refused by name.
        sensitivity: how close the column comes to a person.
        description: what it holds, where the header does not say it.
    """

    header: str
    aliases: list[str] = []
    is_required: bool = False
    sensitivity: Sensitivity = Sensitivity.NONE
    description: str = ""


class FileFormat(Contract):
    """How the file is written. Never guessed per file: a wrong guess swaps columns in silence.

    Attributes:
        delimiter: between two values of a line.
        encoding: of the text; a byte order mark is skipped.
        spreadsheet_guard: a sign in front of values that is no part of them, as spreadsheets write it.
    """

    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8"
    spreadsheet_guard: Literal["'"] | None = None


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


class SourceFile(Contract):
    """Where one layout of a source lies: a glob below the landing folder.

    Attributes:
        layout: one of `config/layouts/`.
    """

    layout: Identifier
    path: str = Field(pattern=r"^[^/].*$", description="glob below the landing folder: shop/orders*.csv")


class Source(Contract):
    """One system that delivers exports: `config/sources/<source>.yml`.

    `source` is the instance's name: it becomes `source_system` in every record key, so it never changes.

    Attributes:
        source: the file's name without `.yml`.
        title: the system's name for people.
        owner: team or address that answers for the delivery.
        zone: IANA time zone of times that carry none.
        country: ISO 3166-1 code for phone numbers and addresses that name no country.
        currency: ISO 4217 code of amounts that name none.
    """

    source: Identifier
    title: str
    owner: str = "team:data_engineering"
    zone: ZoneName
    country: CountryCode
    currency: CurrencyCode
    files: list[SourceFile] = Field(min_length=1)
