"""A mapping to begin with: configuration and SQL for a file that no layout describes yet.

A draft says what the file's values prove and leaves a note where they leave a doubt. It loads the very file that
it was made from; whether it says what the export means, its reader decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.contracts.layout import FileFormat
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.inspection.columns import draft_columns, format_of
from cdp_pipeline.extract.inspection.inspect import Inspection
from cdp_pipeline.extract.inspection.key import choose_key
from cdp_pipeline.plural import counted

TEMPLATES = Path(__file__).with_name("templates")
PEOPLE = ("email", "phone", "mobile", "given_name", "family_name", "full_name")
ADDRESS = ("street", "postcode", "city")


@dataclass(frozen=True)
class SourceFacts:
    """What a file does not say of its source.

    Attributes:
        name: of the source, and of the layout where one is drafted.
        zone: IANA zone of times that carry none.
        country: ISO 3166-1 alpha-2.
        currency: ISO 4217.
        path: glob below the landing folder.
    """

    name: str
    zone: str
    country: str
    currency: str
    path: str

    @property
    def title(self) -> str:
        """The name as people would write it."""
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class DraftedFile:
    """One layout of a source.

    Attributes:
        path: glob below the landing folder; for members of an archive another one after `!`.
        format: where the source writes the layout otherwise.
    """

    layout: str
    path: str
    format: dict[str, Any]


def draft_source(facts: SourceFacts, files: list[DraftedFile]) -> dict[str, str]:
    """Return `config/sources/<name>.yml`, by its path in the project."""
    text = _render(
        "source.yml.jinja",
        source=facts.name,
        title=facts.title,
        zone=facts.zone,
        country=facts.country,
        currency=facts.currency,
        files=[
            {
                "layout": file.layout,
                "path": _flow({"path": file.path})[1:-1],
                "format": _flow(file.format) if file.format else "",
            }
            for file in files
        ],
    )
    return {f"config/sources/{facts.name}.yml": text}


def draft_layout(inspection: Inspection, facts: SourceFacts) -> dict[str, str]:
    """Return the texts of layout, source and standardise parts, by their paths in the project.

    Raises:
        LandingFileError: no column holds anything.
    """
    if not any(profile.filled for profile in inspection.profiles.values()):
        raise LandingFileError(
            f"{inspection.label}: holds no record from which a mapping could be made. Give an export with data, or "
            "remove the lines above its header."
        )
    draft = _Draft(inspection, facts)
    source = draft_source(facts, [DraftedFile(facts.name, facts.path, {})])
    files = {f"config/layouts/{facts.name}.yml": draft.layout(), **source}
    folder = f"dbt_like_sql/standardise/{facts.name}"
    return files | {f"{folder}/{table}.sql": text for table, text in draft.parts()}


class _Draft:
    """The choices of one draft: key, format, columns, and what they can feed."""

    def __init__(self, inspection: Inspection, facts: SourceFacts) -> None:
        self._inspection, self._facts = inspection, facts
        self._columns = draft_columns(inspection, facts.country)
        self._by_meaning = {column.meaning: column for column in self._columns if column.meaning}
        self._key = choose_key(self._columns, self._by_meaning, inspection.records)

    def layout(self) -> str:
        version = self._by_meaning.get("updated_at")
        kept = {column.name for column in self._columns}
        empty = [column.header for column in self._inspection.columns if column.name not in kept]
        written = _beyond_usual(format_of(self._inspection))
        return _render(
            "layout.yml.jinja",
            file=_one_line(self._inspection.label),
            records=self._inspection.records,
            name=self._facts.name,
            title=self._facts.title,
            description=f"One line per {self._kind}.",
            format=_flow(written) if written else "",
            has_nulls="nulls" in written,
            key=self._key.name,
            key_notes=list(self._key_notes()),
            lines_per_key=self._is_many_lines,
            version_column=version.name if version and version.type is not ColumnType.TEXT else "",
            carries_consent=any(column.holds_consent for column in self._columns),
            feeds_people=self._has_people and not self._is_many_lines,
            columns=[
                {
                    "name": column.name,
                    "mapping": _flow(column.mapping(column == self._key, self._record_kind)),
                    "note": column.note,
                }
                for column in self._columns
            ],
            empty=_one_line(", ".join(empty)),
        )

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield the canonical tables that the columns can feed, with their SQL."""
        if self._is_many_lines:
            return  # which line's name or amount counts, only the export's reader knows
        if self._has_people:
            yield "customer_record", self._part("customer_record")
        contacts = [
            self._by_meaning[name].name for name in ("email", "phone", "mobile") if name in self._by_meaning
        ]
        if contacts:
            email = self._by_meaning["email"].name if "email" in self._by_meaning else ""
            listed = ", ".join(f"'{name}'" for name in contacts)
            yield "contact_point", self._part("contact_point", contacts=listed, email=email)
        if any(name in self._by_meaning for name in ADDRESS):
            yield "postal_address", self._part("postal_address", street=self._street())
        if "loyalty_number" in self._by_meaning:
            yield "external_id", self._part("external_id")
        if self._has_purchase:
            yield "purchase", self._part("purchase")

    @property
    def _has_people(self) -> bool:
        return any(name in self._by_meaning for name in PEOPLE)

    @property
    def _has_purchase(self) -> bool:
        amount = self._by_meaning.get("amount")
        when = self._by_meaning.get("occurred_at")
        order = self._by_meaning.get("purchase_id")
        is_typed = amount is not None and amount.type in {ColumnType.DECIMAL, ColumnType.INTEGER}
        return (
            is_typed
            and when is not None
            and when.type is not ColumnType.TEXT
            and order is not None
            and order.profile.is_unique  # else an amount on each of several lines: of the line, or of the order?
        )

    @property
    def _is_many_lines(self) -> bool:
        return self._key.meaning == "purchase_id" and not self._key.profile.is_unique

    @property
    def _kind(self) -> str:
        if self._key.meaning == "purchase_id":
            return "order line" if self._is_many_lines else "order"
        return "record"

    @property
    def _record_kind(self) -> str:
        """What the drafted models call the records of people; nothing where there are none."""
        return self._kind if self._has_people and not self._is_many_lines else ""

    def _key_notes(self) -> Iterator[str]:
        profile, records = self._key.profile, self._inspection.records
        if profile.filled < records:
            without = counted(records - profile.filled, "record")
            yield f"{without} without {self._key.name}: quarantine. Is there a better key?"
        if self._is_many_lines:
            yield f"{profile.distinct} different ones in {records} records: several lines make one order."
        elif profile.distinct < profile.filled:
            yield f"{profile.distinct} different ones in {records} records: of equal ones the newest counts."

    def _street(self) -> str:
        street, number = self._by_meaning.get("street"), self._by_meaning.get("house_number")
        if street and number:
            return f"{street.name} || coalesce(' ' || {number.name}, '')"
        return street.name if street else "cast(null as varchar)"

    def _part(self, table: str, **more: str) -> str:
        return _render(
            f"{table}.sql.jinja",
            layout=self._facts.name,
            kind=self._kind,
            key=self._key.name,
            column=self._column,
            plain_column=self._plain_column,
            **more,
        )

    def _plain_column(self, meaning: str) -> str:
        found = self._by_meaning.get(meaning)
        return found.name if found else "cast(null as varchar)"

    def _column(self, meaning: str) -> str:
        plain = self._plain_column(meaning)
        return plain if plain == meaning else f"{plain} as {meaning}"


def _beyond_usual(found: dict[str, Any]) -> dict[str, Any]:
    usual = FileFormat().model_dump()
    return {key: value for key, value in found.items() if usual[key] != value}


def _render(template: str, **values: Any) -> str:
    # The templates hold SQL models with {{ }} of their own. Nothing is escaped: it is YAML and SQL, and every name
    # in it is an identifier that we made.
    jinja = Environment(  # noqa: S701
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
    )
    return jinja.get_template(template).render(values)


def _one_line(text: str) -> str:
    """Make a text fit for a comment: a line break in a header would end it."""
    return " ".join(text.split())


def _flow(mapping: dict[str, Any]) -> str:
    """Write a mapping on one line, as YAML."""
    text = yaml.safe_dump(mapping, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return str(text).strip()
