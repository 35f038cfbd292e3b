"""Which column of a stranger's file is what: told by the user, by its header, else by its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.inspection import Inspection
from cdp_pipeline.extract.inspection.key import OF_ANOTHER
from cdp_pipeline.extract.inspection.meanings import (
    IS_ID,
    SPEAKS_AGAINST,
    NamedColumn,
    meaning_of_header,
)
from cdp_pipeline.extract.inspection.profile import ColumnProfile


class Role(StrEnum):
    """What a column can be taken as."""

    RECORD_ID = "record_id"
    SOURCE_SYSTEM = "source_system"
    GIVEN_NAME = "given_name"
    MIDDLE_NAME = "middle_name"  # joined to the given name
    FAMILY_NAME = "family_name"
    SECOND_FAMILY_NAME = "second_family_name"  # joined to the family name
    FULL_NAME = "full_name"
    BIRTH_DATE = "birth_date"
    GENDER = "gender"
    EMAIL = "email"
    PHONE = "phone"
    STREET = "street"
    HOUSE_NUMBER = "house_number"  # joined to the street
    ADDRESS_LINE_2 = "address_line_2"  # joined to the street where it is its number; else compared as it is
    POSTCODE = "postcode"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"
    LOYALTY_NUMBER = "loyalty_number"  # a number that is issued to one person
    UPDATED_AT = "updated_at"
    ATTRIBUTE = "attribute"  # compared as it is
    IGNORE = "ignore"


MOST_PER_ROLE = {
    Role.EMAIL: 3,
    Role.PHONE: 4,
    Role.GIVEN_NAME: 2,
    Role.MIDDLE_NAME: 2,
    Role.FAMILY_NAME: 2,
    Role.FULL_NAME: 2,
    Role.BIRTH_DATE: 2,
    Role.ADDRESS_LINE_2: 2,
    Role.ATTRIBUTE: 100,
    Role.IGNORE: 100,
}
"""Columns that one role takes, the plainest header first; of other roles one."""

TELLS_WHO = (
    Role.GIVEN_NAME,
    Role.FAMILY_NAME,
    Role.FULL_NAME,
    Role.BIRTH_DATE,
    Role.EMAIL,
    Role.PHONE,
    Role.STREET,
    Role.POSTCODE,
    Role.CITY,
    Role.LOYALTY_NUMBER,
    Role.ATTRIBUTE,
)
"""Roles of which a file needs two columns for linking to mean anything."""

ROLE_OF_MEANING: Mapping[str, Role] = {"mobile": Role.PHONE} | {
    str(role): role for role in Role if role not in {Role.ATTRIBUTE, Role.IGNORE}
}
REASON_OF_MEANING: Mapping[str, str] = {
    "refusal": "an answer about consent",
    "consent": "an answer about consent",
    "purchase_id": "of a purchase, not of a person",
    "occurred_at": "of a purchase, not of a person",
    "amount": "of a purchase, not of a person",
    "currency": "of a purchase, not of a person",
    "store": "of a purchase, not of a person",
}
WHOLE_HEADERS: Mapping[str, Role] = {
    "first": Role.GIVEN_NAME,
    "given": Role.GIVEN_NAME,
    "last": Role.FAMILY_NAME,
    "family": Role.FAMILY_NAME,
    "birth": Role.BIRTH_DATE,
    "geb": Role.BIRTH_DATE,
    "naissance": Role.BIRTH_DATE,
    "nascita": Role.BIRTH_DATE,
    "numero": Role.HOUSE_NUMBER,
    "nummer": Role.HOUSE_NUMBER,
    "number": Role.HOUSE_NUMBER,
    "num": Role.HOUSE_NUMBER,
}
"""Words that say this only when they are all there is: `place of birth` ends in one, too."""

ADDED_WORD = re.compile(
    r"_?(?:[0-9]{1,2}|fake|clean|cleaned|raw|std|orig|original|norm|normali[sz]ed|value|text|txt|str|string|dt|col)$"
)
"""What people put behind a header without changing its meaning: postcode_fake, email_2, surname_clean."""

OF_ANOTHER_TIME_OR_PERSON = re.compile(
    r"(^|_)(birth_?(place|city|town|country|state|name|region)|(place|city|town|country|state)_of_birth|(ville|lieu|pays|commune)_de_naissance"
    r"|(ciudad|lugar|pais|provincia)_de_nacimiento|(luogo|comune|provincia)_di_nascita|geburts(ort|land|name)|maiden|death"
    r"|employer|company|firma|firm|spouse|partner|mother|father|parent|emergency|nationality)(_|$)"
)
"""A birth place is no address, the employer's phone not the person's: compared as it is, it still tells something."""

PERSONS_NUMBER = re.compile(
    r"(^|_)(ssn|soc(ial)?_?sec\w*|tax|tin|vat|steuer\w*|insurance|versicherung\w*|passport|licen[cs]e|nhs|nif|nie|dni|nin"
    r"|codice_fiscale|pesel|bsn|siren|national)(_|$)"
)
"""Issued to a person, so that it ties records together; as the id of a record it would part them."""

SURE_SHARE = 0.95
"""Share of a column's values in one form from which on the form says what the column is."""

CONTENT_ROLES = {"e-mail address": Role.EMAIL, "phone number": Role.PHONE}
NEEDS_FORM = {Role.EMAIL: "e-mail address"}
NO_NAME = frozenset({"whole number", "e-mail address", "phone number", "date, ISO", "UUID", "time, ISO"})
NAMES = frozenset({Role.GIVEN_NAME, Role.FAMILY_NAME, Role.FULL_NAME, Role.MIDDLE_NAME})
MOST_SYSTEMS = 50


@dataclass(frozen=True)
class TakenColumn:
    """A column of the file and what became of it.

    Attributes:
        position: in the file, from 0.
        name: as an SQL identifier.
        role: nothing where it is left out.
        reason: how the role was found, or why the column is left out.
        filled: records with a value.
        formats: of birth dates, by strptime's signs.
    """

    position: int
    header: str
    name: str
    role: Role | None
    reason: str
    filled: int
    formats: tuple[str, ...] = ()


def parse_told(told: Sequence[str]) -> dict[str, Role]:
    """Read `HEADER=ROLE` options.

    Raises:
        LandingFileError: no equals sign, or an unknown role.
    """
    found = {}
    for text in told:
        header, mark, role = text.rpartition("=")
        if not mark or role not in set(Role):
            raise LandingFileError(
                f"--column {text}: say HEADER=ROLE. Roles: {', '.join(Role)}. Example: --column Mitglied=record_id."
            )
        found[header.strip()] = Role(role)
    return found


def refuse_unknown_headers(told: Mapping[str, Role], inspections: Sequence[Inspection]) -> None:
    """Demand that each header that was told stands in one of the files.

    Raises:
        LandingFileError: names the header, and those there are.
    """
    headers = [header for inspection in inspections for header in inspection.header]
    for header in told:
        if header not in headers:
            raise LandingFileError(
                f"--column {header}: no such header in {inspections[0].label}. It has: {', '.join(headers)}."
            )


def recognise(
    inspection: Inspection,
    told: Mapping[str, Role],
    tells_apart: Callable[[str, str | None], bool],
    looks_like_ids: Callable[[str], bool],
) -> list[TakenColumn]:
    """Find the role of every column; of several candidates for one the plainest header wins.

    A column that is left without a role and without a reason may still become a birth date or an attribute.

    Args:
        tells_apart: whether a column, beside the one that names the system, tells all records apart.
        looks_like_ids: whether a column whose header says nothing may hold ids, by its values.
    """
    candidates = [
        _candidate(position, column, inspection, told) for position, column in enumerate(inspection.columns)
    ]
    places: dict[Role, int] = {}
    ranked = sorted(candidates, key=lambda entry: (entry[1], entry[0].position))
    placed = [_within_places(column, places) for column, _ in ranked]
    chosen = _with_one_id(placed, tells_apart, looks_like_ids)
    return sorted(_numbers_of_streets(chosen), key=lambda column: column.position)


def _candidate(
    position: int, column: NamedColumn, inspection: Inspection, told: Mapping[str, Role]
) -> tuple[TakenColumn, int]:
    """Return the column with the role that it asks for, and its rank among those that ask for the same."""
    profile = inspection.profiles[column.name]
    role, reason, rank = _asked_role(column, profile, told)
    if inspection.records and not profile.filled:
        role, reason = None, "empty"
    elif role is Role.IGNORE:
        role = None
    return TakenColumn(position, column.header, column.name, role, reason, profile.filled), rank


def _asked_role(
    column: NamedColumn, profile: ColumnProfile, told: Mapping[str, Role]
) -> tuple[Role | None, str, int]:
    if column.header in told:
        return told[column.header], "as told", -1
    if column.meaning is not None and column.meaning in {"consent", "refusal"}:
        return None, REASON_OF_MEANING[column.meaning], 0
    by_content = _role_by_content(column, profile)
    meaning, rank = _meaning_of(column)
    if meaning and meaning in REASON_OF_MEANING:
        return None, REASON_OF_MEANING[meaning], 0
    role = ROLE_OF_MEANING.get(meaning or "")
    if role and _values_allow(role, profile) and (by_content in {None, role} or role is Role.RECORD_ID):
        return role, "header", rank
    if by_content:
        return by_content, "values", 1000
    return None, "", 0


def _meaning_of(column: NamedColumn) -> tuple[str | None, int]:
    """Ask the header, then the header without what is put behind it."""
    if OF_ANOTHER_TIME_OR_PERSON.search(column.name):
        return None, 0
    whole = WHOLE_HEADERS.get(column.name)
    if whole:
        return str(whole), 50
    meaning, rank = meaning_of_header(column.header)
    shorter = ADDED_WORD.sub("", column.name)
    if meaning is None and shorter and shorter != column.name:
        meaning, rank = meaning_of_header(shorter.replace("_", " "))
        rank += 50
    return meaning, rank


def _role_by_content(column: NamedColumn, profile: ColumnProfile) -> Role | None:
    names = set(sure_forms(profile))
    is_number = "whole number" in names and IS_ID.search(column.name)
    found = next((CONTENT_ROLES[name] for name in CONTENT_ROLES if name in names), None)
    return None if is_number and found is Role.PHONE else found


def sure_forms(profile: ColumnProfile) -> Iterator[str]:
    """Yield the names of the forms in which nearly every value is written."""
    yield from (form.name for form in profile.forms)
    if profile.nearly and profile.misfits <= (1 - SURE_SHARE) * profile.filled:
        yield profile.nearly.name


def _values_allow(role: Role, profile: ColumnProfile) -> bool:
    """Let the values speak against a header, never for want of data."""
    if not profile.filled:
        return True
    forms = {form.name for form in profile.forms}
    if SPEAKS_AGAINST & forms:
        return False
    if role in NEEDS_FORM and (forms or profile.words):
        return NEEDS_FORM[role] in forms
    if role in NAMES:
        return not NO_NAME & forms
    if role is Role.PHONE:
        return not profile.words
    return role is not Role.SOURCE_SYSTEM or profile.distinct <= MOST_SYSTEMS


def _within_places(column: TakenColumn, places: dict[Role, int]) -> TakenColumn:
    """Leave out what asks for a role that others fill."""
    if column.role is None or column.role is Role.RECORD_ID:
        return column
    places[column.role] = places.get(column.role, 0) + 1
    if places[column.role] > MOST_PER_ROLE.get(column.role, 1):
        return left_out(column, f"another column says the {column.role.replace('_', ' ')} more plainly")
    return column


def _with_one_id(
    columns: Sequence[TakenColumn],
    tells_apart: Callable[[str, str | None], bool],
    looks_like_ids: Callable[[str], bool],
) -> list[TakenColumn]:
    """Keep one record id: the plainest that tells all records apart, if one does."""
    system = next((column.name for column in columns if column.role is Role.SOURCE_SYSTEM), None)
    named = [c for c in columns if c.role is Role.RECORD_ID]
    further = [c for c in columns if c.role is None and not c.reason and not PERSONS_NUMBER.search(c.name)]
    further.sort(key=lambda column: (not _is_id_by_name(column.name), column.position))
    may_be = [*named, *(c for c in further if _is_id_by_name(c.name) or looks_like_ids(c.name))]
    chosen = next((c for c in may_be if tells_apart(c.name, system)), None)
    result = []
    for column in columns:
        if column == chosen:
            result.append(replace(column, role=Role.RECORD_ID, reason=column.reason or "header, values"))
        elif column.role is Role.RECORD_ID:
            why = "another column is the record id" if chosen else "repeats or is empty: no id of a record"
            result.append(left_out(column, why))
        else:
            result.append(column)
    return result


def _numbers_of_streets(columns: Sequence[TakenColumn]) -> list[TakenColumn]:
    """Take a number for a house's only where there is a street."""
    has_street = any(column.role is Role.STREET for column in columns)
    is_lost = {c.name for c in columns if c.role is Role.HOUSE_NUMBER and not has_street}
    return [left_out(column, "") if column.name in is_lost else column for column in columns]


def _is_id_by_name(name: str) -> bool:
    return bool(IS_ID.search(name)) and not OF_ANOTHER.search(name)


def left_out(column: TakenColumn, reason: str) -> TakenColumn:
    """Return the column without a role, and why."""
    return replace(column, role=None, reason=reason)
