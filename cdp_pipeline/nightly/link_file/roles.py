"""What a column of a stranger's file can be taken as, and what the user says of it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.inspection import Inspection


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
            nearest = difflib.get_close_matches(role, list(Role), n=1) if header else []
            guess = f" Did you mean {header}={nearest[0]}?" if nearest else ""
            raise LandingFileError(
                f"--column {text}: say HEADER=ROLE.{guess} Roles: {', '.join(Role)}. Example: --column "
                "Mitglied=record_id."
            )
        found[header.strip()] = Role(role)
    return found


def refuse_unknown_headers(told: Mapping[str, Role], inspections: Sequence[Inspection]) -> None:
    """Demand that each header that was told stands in one of the files.

    Raises:
        LandingFileError: names the header, and those there are.
    """
    headers = [header for inspection in inspections for header in inspection.header]
    repeated = {header for inspection in inspections for header in inspection.repeated_headers}
    for header in told:
        if header in repeated:
            raise LandingFileError(
                f"--column {header}: more than one column is headed so, and nobody can tell which is meant. Give each "
                "a header of its own."
            )
        if header not in headers:
            guess = f" Did you mean {_nearest(header, headers)!r}?" if _nearest(header, headers) else ""
            raise LandingFileError(
                f"--column {header}: no such header in {inspections[0].label}.{guess} It has: {', '.join(headers)}."
            )


def _nearest(header: str, headers: Sequence[str]) -> str | None:
    by_folded = {known.casefold(): known for known in reversed(headers)}
    found = difflib.get_close_matches(header.casefold(), by_folded, n=1)
    return by_folded[found[0]] if found else None


def left_out(column: TakenColumn, reason: str) -> TakenColumn:
    """Return the column without a role, and why."""
    return replace(column, role=None, reason=reason)
