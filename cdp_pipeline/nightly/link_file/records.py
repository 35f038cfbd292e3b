"""From a file's own columns to the records that linkage takes: `validate.link_input`, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import Engine, quote_identifier, quote_literal
from cdp_pipeline.nightly.link_file.attributes import MOST_ATTRIBUTES
from cdp_pipeline.nightly.link_file.dates import birth_date_text
from cdp_pipeline.nightly.link_file.reading import GivenFile, own_layout
from cdp_pipeline.nightly.link_file.roles import Role, TakenColumn
from cdp_pipeline.validate.cleaned import cleaned_from

LAYOUT = "link_input"
INPUT = "input"  # source_system of records of a single file that names none
GIVEN = "main.given_record"
TWO_FAMILY_NAMES = frozenset(
    {
        "ES",
        "MX",
        "AR",
        "CO",
        "CL",
        "PE",
        "EC",
        "VE",
        "UY",
        "PY",
        "BO",
        "CR",
        "PA",
        "GT",
        "HN",
        "SV",
        "NI",
        "DO",
        "CU",
    }
)
"""Where people bear a family name of each parent, and write both."""

BARE_NUMBER = "[0-9]+ ?[a-zA-Z]?"


@dataclass(frozen=True)
class RecognisedFile:
    """A file with the role of each column.

    Attributes:
        table: its records as delivered.
        country: ISO code of records that name none.
        system: source_system of all its records; nothing where a column says it, or nobody does.
    """

    given: GivenFile
    columns: list[TakenColumn]
    table: str
    country: str
    system: str | None

    def of_role(self, role: Role) -> list[TakenColumn]:
        """Columns of a role, in the order of the file."""
        return [column for column in self.columns if column.role is role]

    @property
    def attributes(self) -> list[str]:
        """Names of the attributes; second lines of addresses, which often are flats, come last."""
        found = [*self.of_role(Role.ATTRIBUTE), *self.of_role(Role.ADDRESS_LINE_2)]
        return [column.name for column in found]


def create_records(engine: Engine, files: Sequence[RecognisedFile], layout: Layout, day: str) -> None:
    """Create `validate.link_input`, one row per record, and `main.given_record`, the way back.

    `main.given_record`: file_number, line, delivered_system, delivered_id (as they came, the id with its spaces),
    system and key by which the record is linked, and the layout's columns. The key of a record without an id is made
    of its content, so that the order of rows changes nothing.
    """
    names = [name for name in layout.columns if name not in {"delivered_source_system", "source_record_id"}]
    slots = attribute_slots(files)
    queries = [_given_records(number, file, names, slots) for number, file in enumerate(files)]
    engine.replace_table(GIVEN, " union all ".join(queries))
    columns = ", ".join(
        {
            "delivered_source_system": "system as delivered_source_system",
            "source_record_id": "key as source_record_id",
        }.get(name, name)
        for name in layout.columns
    )
    engine.replace_table(
        f"validate.{LAYOUT}",
        f"select '{INPUT}' as source_system, '{INPUT}' as file_id, line,"
        f" cast({quote_literal(day)} as date) as delivered_on, {columns} from {GIVEN}",
    )


def attribute_slots(files: Sequence[RecognisedFile]) -> dict[str, str]:
    """Return by attribute the layout's column that holds it; those of several files come first."""
    uses: dict[str, int] = {}
    for file in files:
        for name in file.attributes:
            uses[name] = uses.get(name, 0) + 1
    ranked = sorted(uses, key=lambda name: (-uses[name], list(uses).index(name)))
    return {name: f"attribute_{number}" for number, name in enumerate(ranked[:MOST_ATTRIBUTES], start=1)}


def cleaned_records(file: RecognisedFile) -> str:
    """Return a query of a file's records with `line`, cleaned as a night cleans them, and their dates read."""
    formats = {column.name: column.formats for column in file.of_role(Role.BIRTH_DATE)}
    layout = own_layout(file.given.inspection, formats)
    return cleaned_from(file.table, layout, kept=["line"], names=list(layout.columns))


def _given_records(number: int, file: RecognisedFile, names: Sequence[str], slots: dict[str, str]) -> str:
    """Select one file's records, in the layout's columns."""
    values = _layout_values(file) | {
        slot: f"'{name}=' || {quote_identifier(name)}"
        for name, slot in slots.items()
        if name in file.attributes
    }
    selected = ", ".join(f"cast({values.get(name, 'null')} as varchar) as {name}" for name in names)
    system, key, delivered_id = _identity(file)
    return f"""
        select
            {number} as file_number, c.line, {system} as delivered_system, {delivered_id} as delivered_id,
            {system} as system, {key} as key, {selected}
        from ({cleaned_records(file)}) as c
        inner join (select line as _line{_raw_id(file)} from {file.table}) as d on c.line = d._line
    """


def _raw_id(file: RecognisedFile) -> str:
    ids = file.of_role(Role.RECORD_ID)
    return f", {quote_identifier(ids[0].name)} as _delivered_id" if ids else ""


def _identity(file: RecognisedFile) -> tuple[str, str, str]:
    """Return SQL of a record's system, key and delivered id."""
    systems = file.of_role(Role.SOURCE_SYSTEM)
    own = f"cast({quote_literal(file.system) if file.system else 'null'} as varchar)"
    system = quote_identifier(systems[0].name) if systems and not file.system else own
    ids = file.of_role(Role.RECORD_ID)
    if ids:
        return system, quote_identifier(ids[0].name), "_delivered_id"
    content = ", ".join(f"coalesce({quote_identifier(c.name)}, '')" for c in file.columns)
    digest = f"md5(concat_ws(chr(31), {content}))"
    return (
        system,
        f"{digest} || '-' || row_number() over (partition by {digest} order by c.line)",
        "cast(c.line as varchar)",
    )


def _layout_values(file: RecognisedFile) -> dict[str, str]:
    """Return SQL by column of the layout, of those that the file fills."""
    values = {
        **_names(file),
        **_contacts(file),
        "birth_date": _birth_date(file),
        "street": _street(file),
    }
    plain = (
        Role.GENDER, Role.POSTCODE, Role.CITY, Role.REGION, Role.COUNTRY, Role.LOYALTY_NUMBER, Role.UPDATED_AT,
    )  # fmt: skip
    values |= {str(role): _first(file, role) for role in plain}
    if values[Role.CITY] and not values[Role.POSTCODE]:
        values |= _parted_place(values[Role.CITY], file.country)
    return {name: value for name, value in values.items() if value}


def _parted_place(city: str, country: str) -> dict[str, str]:
    """Part 70173 Stuttgart, CH-8001 Zürich or 1012 AB Amsterdam; no name of a city begins with so many digits."""
    letters = "(?: ?[A-Z]{2})?" if country == "NL" else ""
    pattern = quote_literal(f"^(?:[A-Z]{{1,2}}[ -])?([0-9]{{4,5}}{letters}) +(.+)$")
    postcode, rest = (f"nullif(regexp_extract({city}, {pattern}, {part}), '')" for part in (1, 2))
    return {"postcode": postcode, "city": f"coalesce({rest}, {city})"}


def _first(file: RecognisedFile, role: Role) -> str:
    """Take the plainest of a role's columns, and where it is empty the next."""
    found = [quote_identifier(column.name) for column in file.of_role(role)]
    return f"coalesce({', '.join(found)})" if found else ""


def _names(file: RecognisedFile) -> dict[str, str]:
    """Join middle names and second family names; a full name fills the part that is empty beside it."""
    given = _with_more(_first(file, Role.GIVEN_NAME), file.of_role(Role.MIDDLE_NAME))
    family = _with_more(_first(file, Role.FAMILY_NAME), file.of_role(Role.SECOND_FAMILY_NAME))
    full = _first(file, Role.FULL_NAME)
    if full and not given and not family and file.country in TWO_FAMILY_NAMES:
        given, family = _split_before_two_family_names(full)
    if not (given and family and full):
        return {"given_name": given, "family_name": family, "full_name": full}
    rest_before = f"left({full}, length({full}) - length({family}) - 1)"
    rest_behind = f"substr({full}, length({given}) + 2)"
    return {
        "given_name": f"coalesce({given}, case when lower({full}) like '% ' || lower({family})"
        f" then nullif({rest_before}, '') end)",
        "family_name": f"coalesce({family}, case when lower({full}) like lower({given}) || ' %'"
        f" then nullif({rest_behind}, '') end)",
        "full_name": full,
    }


def _split_before_two_family_names(full: str) -> tuple[str, str]:
    """Split María García López before García; of two words the usual way, of one nowhere."""
    pattern = quote_literal("^(.+) ([^ ,]+ [^ ,]+)$")
    given, family = (f"nullif(regexp_extract(trim({full}), {pattern}, {part}), '')" for part in (1, 2))
    return given, family


def _with_more(first: str, more: Sequence[TakenColumn]) -> str:
    if not first or not more:
        return first
    joined = ", ".join([first, *(quote_identifier(column.name) for column in more)])
    return f"case when {first} is not null then concat_ws(' ', {joined}) end"


def _contacts(file: RecognisedFile) -> dict[str, str]:
    """Give each e-mail and phone column a place of its own."""
    places = {
        Role.EMAIL: ["email", "email_2", "email_3"],
        Role.PHONE: ["phone", "phone_2", "phone_3", "mobile"],
    }
    return {
        place: quote_identifier(column.name)
        for role, names in places.items()
        for place, column in zip(names, file.of_role(role), strict=False)
    }


def _birth_date(file: RecognisedFile) -> str:
    """Take what is a date, of the plainest column that has one."""
    found = [birth_date_text(column) for column in file.of_role(Role.BIRTH_DATE)]
    return f"coalesce({', '.join(found)})" if found else ""


def _street(file: RecognisedFile) -> str:
    """Join street and house number in the file's order; a number alone is no street.

    A second line joins only where it holds the number that the first one lacks. Joined as it comes, it was measured to
    part more records than it tells: one writes the house's name or the flat, the next leaves it out.
    """
    streets, lines = file.of_role(Role.STREET), file.of_role(Role.ADDRESS_LINE_2)
    if not streets:
        return ""
    street = quote_identifier(streets[0].name)
    parts = [
        quote_identifier(column.name)
        for column in file.columns
        if column.role in {Role.STREET, Role.HOUSE_NUMBER}
    ]
    parts += [
        f"case when regexp_full_match({line}, '{BARE_NUMBER}') and not regexp_matches({street}, '[0-9]')"
        f" then {line} end"
        for line in (quote_identifier(column.name) for column in lines[:1])
        if not file.of_role(Role.HOUSE_NUMBER)
    ]
    return f"case when {street} is not null then concat_ws(' ', {', '.join(parts)}) end"
