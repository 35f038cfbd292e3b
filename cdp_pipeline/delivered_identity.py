"""How delivered values are compared with those of people: every spelling of an address or a number is one *identity*.

An identity is a text such as `email|anna@example.org` or `record|crm|contact|003A`: kind and value, and whatever else
tells it apart. Loading keeps records out by the keyed hashes of these texts, erasure finds them by the texts
themselves; both go by the queries of this module, so that what is erased is what stays out.

Phone numbers are compared without the library that knows numbering plans, by their digits: those of an international
number as such, those of a national one together with the country in which the source dials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cdp_pipeline.contracts.identity import IdentityKind, kind_and_name
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.table import Sensitivity
from cdp_pipeline.engine import quote_identifier, quote_literal

PLACE = "source_system, file_id, line"

FEWEST_DIGITS = 6
"""Shorter runs of digits are no phone numbers, and many people's."""

PARTS_OF_A_BROKEN_RECORD = r"""[,;|\t\r\n"{}\[\]<>]+"""
"""What parts values of a record that could not be taken apart, in whatever format."""


def identities_of(layout: Layout, records: str, countries: Mapping[str, str]) -> str | None:
    """Return a query of the identities that stand in records of a layout; nothing where no column identifies.

    Columns: source_system, file_id, line, identity. A record may have several, and one of them twice.

    Args:
        records: a table or a query in parentheses: source_system, file_id, line, and the layout's columns as text.
        countries: ISO country in which each source dials.
    """
    parts = [
        f"select {PLACE}, {expression} as identity from {records} where {quote_identifier(name)} is not null"
        if column.parted_by is None
        else f"select {PLACE}, {expression} as identity from (select {PLACE},"
        f" unnest(string_split({quote_identifier(name)}, {quote_literal(column.parted_by)})) as"
        f" {quote_identifier(name)} from {records})"
        for name, column in layout.columns.items()
        for declared in column.identifies
        for expression in _expressions(declared, quote_identifier(name), countries)
    ]
    if not names_people(layout):
        parts += [
            f"select {PLACE}, {expression} as identity from {records}"
            for name, column in layout.columns.items()
            if column.sensitivity is Sensitivity.DIRECT and not column.identifies
            for expression in [_addresses_within(quote_identifier(name))]
        ]
    return f"select * from ({' union all '.join(parts)}) where identity is not null" if parts else None


def names_people(layout: Layout) -> bool:
    """Tell whether its records are people's or orders: such a record is not another's for an address in its text."""
    declared = [kind_and_name(one)[0] for column in layout.columns.values() for one in column.identifies]
    return IdentityKind.RECORD in declared or IdentityKind.ACCOUNT in declared


def identities_in_text(layout: Layout, records: str, countries: Mapping[str, str]) -> str | None:
    """Return a query of everything in records that could not be taken apart that may be an identity.

    Each value between two delimiters is taken for whatever a column of the layout identifies.

    Args:
        records: source_system, file_id, line, raw_record.
    """
    declared = sorted({one for column in layout.columns.values() for one in column.identifies})
    expressions = [one for name in declared for one in _expressions(name, "value", countries)]
    if not expressions:
        return None
    return (
        f"select {PLACE}, unnest([{', '.join(expressions)}]) as identity from (select {PLACE},"
        f" unnest(regexp_split_to_array(raw_record, {quote_literal(PARTS_OF_A_BROKEN_RECORD)})) as value"
        f" from {records})"
    )


def places_of(identities: str, known: str) -> str:
    """Return a query of the records that belong to the people whose identities are known: source_system, file_id, line.

    A phone number alone tells only where the record names no other e-mail address: numbers are given to others later,
    families share them, and a gift goes to somebody else's.

    Args:
        identities: query of this module.
        known: query of identities, in one column.
    """
    return f"""
        with delivered as materialized ({identities}),
        told as materialized (
            select {PLACE}, identity, identity in ({known}) as is_known
            from delivered
        )
        select {PLACE}
        from told semi join (select {PLACE} from told where is_known) using ({PLACE})
        group by {PLACE}
        having
            bool_or(is_known and not starts_with(identity, 'phone|'))
            or not bool_or(not is_known and starts_with(identity, 'email|'))
    """


def _expressions(declared: str, value: str, countries: Mapping[str, str]) -> Iterator[str]:
    """Yield expressions of which each is an identity or null."""
    kind, name = kind_and_name(declared)
    value = _unguarded(value)
    if kind in (IdentityKind.EMAIL, IdentityKind.CONTACT):
        yield email_identity(value)
    if kind in (IdentityKind.PHONE, IdentityKind.CONTACT):
        yield international_phone_identity(value)
        yield national_phone_identity(value, _country(countries))
    if kind is IdentityKind.CONTACT:
        yield (
            f"case when regexp_full_match(trim({value}), '[0-9a-fA-F]{{64}}')"
            f" then 'sha256|' || lower(trim({value})) end"
        )
    if kind is IdentityKind.EXTERNAL_ID:
        yield f"{quote_literal(f'{kind}|{name}|')} || nullif(trim({value}), '')"
    if kind is IdentityKind.RECORD:
        yield f"'{kind}|' || source_system || {quote_literal(f'|{name}|')} || nullif(trim({value}), '')"
    if kind in WITHIN_A_SOURCE:
        yield f"'{kind}|' || source_system || '|' || nullif(trim({value}), '')"


WITHIN_A_SOURCE = frozenset(
    {IdentityKind.PURCHASE, IdentityKind.INTERACTION, IdentityKind.COOKIE, IdentityKind.ACCOUNT}
)


def _unguarded(value: str) -> str:
    """Return the expression for a text without blanks and spreadsheets' signs around it, as validate cleans it."""
    guard = quote_literal(r"""(?s)^[\s\p{Z}\x27]*(?:="(.*)"|(.*?))[\s\p{Z}]*\z""")
    plain = f"ascii({value}) between 40 and 126 and ascii({value}) <> 61 and {value}[-1] between '!' and '~'"
    return f"(case when {plain} then {value} else regexp_replace({value}, {guard}, '\\1\\2') end)"


def _addresses_within(value: str) -> str:
    """Return the expression for the addresses that stand in a text, also as web addresses write them."""
    found = f"regexp_extract_all(lower(replace({value}, '%40', '@')), '{ADDRESS_IN_TEXT}')"
    return f"'email|' || unnest(case when regexp_matches({value}, '@|%40') then {found} end)"


ADDRESS_IN_TEXT = r"""[^\s=&?:;,<>()"/]+@[^\s=&?:;,<>()"/]+"""


def email_identity(value: str) -> str:
    """Return the expression for an address as `standardise.contact_point` reads it: macro bare_email after tidy."""
    tidy = f"lower(trim(regexp_replace({value}, '[\\s\\p{{Z}}\\p{{C}}]+', ' ', 'g')))"
    bare = f"regexp_replace(regexp_replace({tidy}, '^.*<([^<>]*)>$', '\\1'), '^mailto: *', '')"
    return f"case when contains({value}, '@') then 'email|' || {bare} end"


def international_phone_identity(value: str) -> str:
    """Return the expression for the digits of a number that may name its country: not one dialled with a single 0."""
    return (
        f"case when {_has_digits(value)} and not regexp_matches({value}, '^[^0-9+]*0[^0-9]*[1-9]')"
        f" then 'phone|' || {_digits(value)} end"
    )


def national_phone_identity(value: str, country: str) -> str:
    """Return the expression for the digits of a number dialled within a country: one without + and 00."""
    return (
        f"case when {_has_digits(value)} and not regexp_matches({value}, '^[^0-9]*([+]|00)')"
        f" then 'phone|' || {country} || '|' || {_digits(value)} end"
    )


def _digits(value: str) -> str:
    """Return the digits without zeros in front; the zero of +49 (0)171, which nobody dials, is no digit."""
    return f"ltrim(regexp_replace(replace({value}, '(0)', ''), '[^0-9]', '', 'g'), '0')"


def _has_digits(value: str) -> str:
    return f"length({_digits(value)}) >= {FEWEST_DIGITS} and not contains({value}, '@')"


def _country(countries: Mapping[str, str]) -> str:
    """Return the expression for the country in which the record's source dials."""
    cases = " ".join(
        f"when {quote_literal(source)} then {quote_literal(country)}" for source, country in countries.items()
    )
    return f"coalesce(case source_system {cases} end, 'ZZ')" if cases else "'ZZ'"
