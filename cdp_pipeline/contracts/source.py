"""A source: one shop, one till system that delivers exports or whose database is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.layout import Delimiter, Encoding, Layout, NullText


@cache  # looking a name up reads the whole database of zones
def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone of the IANA database, such as Europe/Berlin")
    return str(ZoneInfo(name))


ZoneName = Annotated[str, AfterValidator(_known_zone)]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Delivery(StrEnum):
    """What a delivery says about the records that it does not hold."""

    INCREMENT = "increment"  # nothing: they stay as they are
    SNAPSHOT = "snapshot"  # they are gone: each delivery lists everything there is


class Thresholds(Contract):
    """From when on a source's delivery is suspicious; shares between 0 and 1.

    Attributes:
        quarantined_warns: share of new records in quarantine from which on the source is warned.
        warns_from: a share warns only from so many records on: a single bad record is listed in any case.
        quarantined_blocks: share that blocks the source: the night goes on with its last good data.
        blocks_from: a share blocks only from so many records or rows on: one bad line of seven is a seventh, and
            says nothing about the other six.
        volume_warns: deviation of the number of new records from the median of the last 28 nights.
        fewer_rows_blocks: share by which a published table may shrink from night to night; a greater loss
            blocks publishing. A snapshot that shrinks by more blocks its source.
        silent_days_warns: days without a delivery after which a source is reported.
    """

    quarantined_warns: float = Field(default=0.01, ge=0, le=1)
    warns_from: int = Field(default=2, ge=1)
    quarantined_blocks: float = Field(default=0.05, ge=0, le=1)
    blocks_from: int = Field(default=10, ge=1)
    volume_warns: float = Field(default=0.5, gt=0)
    fewer_rows_blocks: float = Field(default=0.2, gt=0, le=1)
    silent_days_warns: int = Field(default=2, ge=1)


MAY_BE_SWITCHED_OFF = frozenset({"spreadsheet_guard", "sheet", "header_row"})


class FormatOfSource(Contract):
    """Where one source writes a layout otherwise; what is not named stays as the layout says.

    A guard or sheet of the layout that this source does without is named as null.

    Attributes:
        delimiter: between two values of a line.
        encoding: of the text.
        spreadsheet_guard: a sign in front of values that is no part of them.
        decimal_mark: of amounts.
        date_formats: of date columns, by strptime's signs.
        timestamp_formats: of timestamp columns, by strptime's signs.
        ends_with_newline: a file whose last line has no end was cut off.
        sheet: of a workbook.
        nulls: texts that stand for an empty cell, instead of the layout's.
        header_row: line or row of the header, where titles stand above it.
    """

    delimiter: Delimiter | None = None
    encoding: Encoding | None = None
    spreadsheet_guard: Literal["'"] | None = None
    decimal_mark: Literal[".", ","] | None = None
    date_formats: list[str] | None = None
    timestamp_formats: list[str] | None = None
    ends_with_newline: bool | None = None
    sheet: str | None = None
    nulls: list[NullText] | None = None
    header_row: int | None = Field(default=None, ge=1)


class DatabaseExtract(Contract):
    """Rows that are read from a database instead of a file.

    Attributes:
        url_env: environment variable that holds the SQLAlchemy URL.
        table: name of a table or view, `schema.table` where needed.
        query: a select statement instead of a table.
        watermark: column that grows with every change; only rows at or beyond the last one are read.
        lookback_minutes: how far behind the last watermark reading begins again, for rows committed late.
        timeout_minutes: longest that the server may take for one statement.
    """

    url_env: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    table: str | None = None
    query: str | None = None
    watermark: str | None = None
    lookback_minutes: int = Field(default=60, ge=0)
    timeout_minutes: int = Field(default=60, ge=1)

    @model_validator(mode="after")
    def _names_one_relation(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("name either a `table` or a `query`")
        return self


DATE_IN_NAME = r"(?<!\d)(?P<year>20\d\d)[-_.]?(?P<month>0[1-9]|1[0-2])[-_.]?(?P<day>0[1-9]|[12]\d|3[01])"


def _finds_a_date(pattern: str) -> str:
    try:
        groups = set(re.compile(pattern).groupindex)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    if groups != {"year", "month", "day"}:
        raise ValueError(f"{pattern!r} must name the groups year, month and day: (?P<year>20\\d\\d) …")
    return pattern


DatePattern = Annotated[str, AfterValidator(_finds_a_date)]


MEMBER_MARK = "!"
"""Between an archive and what it holds, in patterns as in the names of the ledger."""

_PIECE = re.compile(r"\[!?\]?[^]/]*\]|.", re.DOTALL)
"""A set such as [!0-9], whose exclamation mark means "none of these"; else a single sign."""


def _globs_of(path: str) -> list[str]:
    """Split a pattern at its exclamation marks; those of sets part nothing."""
    marks = [piece.start() for piece in _PIECE.finditer(path) if piece[0] == MEMBER_MARK]
    return [path[before + 1 : after] for before, after in pairwise([-1, *marks, len(path)])]


def _names_files(path: str) -> str:
    globs = _globs_of(path)
    if len(globs) > 2:
        raise ValueError(
            f"path {path!r} has more than one exclamation mark. One parts an archive from its members; "
            "write ? for one that is part of a name"
        )
    for glob in globs:
        parts = glob.split("/")
        if ".." in parts:
            raise ValueError(
                f"path {path!r} leads out of the {'archive' if glob is not globs[0] else 'landing folder'}"
            )
        if {"", "."}.intersection(parts) or parts[-1] == "**" or "\\" in glob:
            raise ValueError(
                f"path {path!r} names no file in {glob!r}. Part folders by single slashes and end with a file's name: "
                "shop/orders*.csv, crm/backup*.zip!Contact*.csv"
            )
        if any("**" in part and part != "**" for part in parts):
            raise ValueError(
                f"path {path!r}: ** stands for folders, so it stands alone between slashes: shop/**/*.csv"
            )
    return path


class SourceFile(Contract):
    """Where one layout of a source comes from, and how this source writes it.

    Attributes:
        layout: one of `config/layouts/`.
        path: glob below the landing folder; after an exclamation mark one for the members of the archives that it
            finds. A member's glob without a slash is for its own name, in whatever folder of the archive it lies;
            one with a slash is for its whole name. Without an exclamation mark all members are read.
        database: a table or query instead of files.
        delivery: whether a delivery lists everything (snapshot) or what is new (increment).
        exported_on: regular expression with the groups year, month and day over a file's name, else over that of
            the archive which holds it; the last match decides which of two deliveries is newer. Without a match
            the night of the delivery counts.
        format: where this source writes the layout otherwise.
        headers: further headers of columns, as this source names them: another language, a merge field.
    """

    layout: Identifier
    path: Annotated[str, AfterValidator(_names_files)] | None = Field(
        default=None,
        pattern=r"^[^/].*$",
        description="glob below the landing folder: shop/orders*.csv, crm/backup*.zip!Contact*.csv",
    )
    database: DatabaseExtract | None = None
    delivery: Delivery = Delivery.INCREMENT
    exported_on: DatePattern = DATE_IN_NAME
    format: FormatOfSource = FormatOfSource()
    headers: dict[Identifier, list[str]] = {}

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Self:
        if (self.path is None) == (self.database is None):
            raise ValueError("name either a `path` below the landing folder or a `database`")
        if self.database and self.database.watermark and self.delivery is Delivery.SNAPSHOT:
            raise ValueError("a snapshot is read whole: name no `watermark`, or deliver an increment")
        return self

    @property
    def file_glob(self) -> str | None:
        """Glob for files below the landing folder; nothing of a database."""
        return _globs_of(self.path)[0] if self.path else None

    @property
    def member_glob(self) -> str | None:
        """Glob for members of the archives that `file_glob` finds; nothing where all are read."""
        return _globs_of(self.path)[1] if self.path and len(_globs_of(self.path)) > 1 else None

    def date_in(self, names: Iterable[str]) -> date | None:
        """Return the last date that the first of the names with one carries."""
        for name in names:
            for found in reversed(list(re.finditer(self.exported_on, name))):
                with suppress(ValueError, TypeError):  # the 30th of February; a group that took no part
                    year = int(found["year"])
                    return date(year if year >= 100 else 2000 + year, int(found["month"]), int(found["day"]))
        return None

    def read_by(self, layout: Layout) -> Layout:
        """Return the layout as this source writes it.

        Raises:
            ValueError: `headers` names a column that the layout lacks, or a header that another column claims.
        """
        unknown = sorted(set(self.headers) - set(layout.columns))
        if unknown:
            raise ValueError(f"`headers` names columns that layout {layout.layout} lacks: {unknown}")
        columns = {
            name: column.model_copy(update={"aliases": [*column.aliases, *self.headers.get(name, [])]})
            for name, column in layout.columns.items()
        }
        named = self.format.model_dump(exclude_unset=True)
        overrides = {
            key: value for key, value in named.items() if value is not None or key in MAY_BE_SWITCHED_OFF
        }
        document = layout.model_dump() | {
            "columns": {name: column.model_dump() for name, column in columns.items()},
            "format": layout.format.model_dump() | overrides,
        }
        return Layout.model_validate(document)


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
        thresholds: instead of the project's.
    """

    source: Identifier
    title: str
    owner: str = "team:data_engineering"
    zone: ZoneName
    country: CountryCode
    currency: CurrencyCode
    thresholds: Thresholds | None = None
    files: list[SourceFile] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_each_layout_once(self) -> Self:
        layouts = [file.layout for file in self.files]
        twice = sorted({layout for layout in layouts if layouts.count(layout) > 1})
        if twice:
            raise ValueError(
                f"`files` names these layouts twice: {twice}. One pattern may take several folders "
                "(shop/**/orders*.csv); what is written otherwise is a source of its own"
            )
        return self

    def file_of(self, layout: str) -> SourceFile:
        """Return how the source delivers a layout.

        Raises:
            KeyError: it does not.
        """
        return {file.layout: file for file in self.files}[layout]
