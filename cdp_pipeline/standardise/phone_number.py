"""Phone numbers to E.164 by the library phonenumbers, a port of Google's libphonenumber.

Numbering plans are data that changes several times a year; no regular expression keeps up with them.
The library takes tens of microseconds a number, so it sees each distinct number once.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
import pyarrow as pa

from cdp_pipeline.night import Night

UNKNOWN_COUNTRY = "ZZ"
_MOBILE_TYPES = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        # North America does not tell mobiles from landlines; both take text messages.
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)

# The library takes 00 only where it is the country's own prefix; people write it in the United States too.
_INTERNATIONAL_PREFIX = re.compile(r"^[\s(]*00(?=[\s()/.-]*[1-9])")


class ParsedPhone(NamedTuple):
    """What a delivered number means; the other fields are None when it is not valid."""

    e164: str | None
    is_valid: bool
    is_mobile: bool | None


INVALID = ParsedPhone(None, False, None)  # noqa: FBT003 - the fields are named in the class


def parse_phone(delivered_value: str, country: str) -> ParsedPhone:
    """Read one number as it is dialled in `country`; a number with + or 00 brings its own country.

    Args:
        country: ISO 3166-1 alpha-2 code, or ZZ when unknown: then only numbers with + are valid.
    """
    dialled = _INTERNATIONAL_PREFIX.sub("+", delivered_value, count=1)
    try:
        number = phonenumbers.parse(dialled, None if country == UNKNOWN_COUNTRY else country)
    except phonenumbers.NumberParseException:
        return INVALID
    if not phonenumbers.is_valid_number(number):
        return INVALID
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ParsedPhone(e164, True, phonenumbers.number_type(number) in _MOBILE_TYPES)


def build_phone_number(night: Night) -> None:
    """Build `standardise.phone_number`: one row per row of `standardise.delivered_phone`."""
    delivered = night.engine.fetch_arrow(
        "select delivered_value, country from standardise.delivered_phone order by delivered_value, country"
    )
    pairs = zip(delivered["delivered_value"].to_pylist(), delivered["country"].to_pylist(), strict=True)
    # A loop over distinct values only: the library knows no vectors.
    parsed = [parse_phone(value, country) for value, country in pairs]
    table = delivered.append_column("e164", pa.array([phone.e164 for phone in parsed], pa.string()))
    table = table.append_column("is_valid", pa.array([phone.is_valid for phone in parsed], pa.bool_()))
    table = table.append_column("is_mobile", pa.array([phone.is_mobile for phone in parsed], pa.bool_()))
    with night.engine.arrow_view(table) as view:
        night.engine.replace_table("standardise.phone_number", f"select * from {view}")
