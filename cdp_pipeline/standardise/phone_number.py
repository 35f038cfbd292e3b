"""Phone numbers to E.164 by the library phonenumbers, a port of Google's libphonenumber.

Numbering plans are data that changes several times a year; no regular expression keeps up with them.
The library takes tens of microseconds a number, so it sees each distinct number once.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night

TABLE = "standardise.phone_number"
UNKNOWN_COUNTRY = "ZZ"
_COLUMNS = "delivered_value varchar, country varchar, e164 varchar, is_valid boolean, is_mobile boolean"
_MOBILE_TYPES = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        # North America does not tell mobiles from landlines; both take text messages.
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)

# The library takes 00 only where it is the country's own prefix; people write it in the United States too.
_INTERNATIONAL_PREFIX = re.compile(r"^[\s(]*00(?=[\s()/.-]*[1-9])")

# 0171/392 00 12 and (0171) 3920012 are one number, and one with + is the same everywhere: fewer to read.
# Values with anything but digits and signs (an extension, letters) are left to the library as they stand.
_DIALLED = (
    "case when regexp_matches(delivered_value, '^[+]?[0-9 ()/.-]+$')"
    " then regexp_replace(delivered_value, '[ ()/.-]', '', 'g') else delivered_value end"
)
_DIALLED_IN = f"case when delivered_value like '+%' then '{UNKNOWN_COUNTRY}' else country end"


class ParsedPhone(NamedTuple):
    """What a delivered number means; the other fields are None when it is not valid."""

    e164: str | None
    is_valid: bool
    is_mobile: bool | None


INVALID = ParsedPhone(e164=None, is_valid=False, is_mobile=None)


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
    # A number of a known type fits its country's plan; is_valid_number would work that out a second time.
    number_type = phonenumbers.number_type(number)
    if number_type == phonenumbers.PhoneNumberType.UNKNOWN:
        return INVALID
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ParsedPhone(e164=e164, is_valid=True, is_mobile=number_type in _MOBILE_TYPES)


def build_phone_number(night: Night) -> None:
    """Build `standardise.phone_number`: one row per row of `standardise.delivered_phone`.

    What stands in the table already is kept: only new numbers are read. Read by another version of the library or of
    this module, it does not stand there any more (`follows_from_key` in the table's contract).
    """
    engine = night.engine
    engine.execute(f"create table if not exists {TABLE} ({_COLUMNS})")
    engine.execute(f"create or replace temp table known_phone as from {TABLE}")
    distinct = engine.fetch_arrow(
        f"select distinct {_DIALLED} as dialled, {_DIALLED_IN} as dialled_in"
        " from standardise.delivered_phone anti join known_phone using (delivered_value, country)"
        " order by dialled, dialled_in"
    )
    pairs = zip(distinct["dialled"].to_pylist(), distinct["dialled_in"].to_pylist(), strict=True)
    # A loop over distinct values only: the library knows no vectors.
    parsed = [parse_phone(value, country) for value, country in pairs]
    table = distinct.append_column("e164", pa.array([phone.e164 for phone in parsed], pa.string()))
    table = table.append_column("is_valid", pa.array([phone.is_valid for phone in parsed], pa.bool_()))
    table = table.append_column("is_mobile", pa.array([phone.is_mobile for phone in parsed], pa.bool_()))
    with engine.arrow_view(table) as view:
        engine.replace_table(
            TABLE,
            f"""
            from known_phone semi join standardise.delivered_phone using (delivered_value, country)
            union all
            select d.delivered_value, d.country, p.e164, p.is_valid, p.is_mobile
            from standardise.delivered_phone as d
            anti join known_phone using (delivered_value, country)
            inner join {view} as p on p.dialled = {_DIALLED} and p.dialled_in = {_DIALLED_IN}
            """,
        )
    engine.execute("drop table temp.known_phone")


def forget_numbers(engine: Engine) -> int:
    """Delete what was read of numbers that no record has any more; returns the rows deleted.

    Where it cannot be told which those are, all are: the next night reads them again.
    """
    if not engine.table_exists(TABLE):
        return 0
    is_told = engine.table_exists("standardise.delivered_phone")
    held = " anti join standardise.delivered_phone using (delivered_value, country)" if is_told else ""
    return int(
        engine.fetch_value(
            f"delete from {TABLE} where (delivered_value, country) in"
            f" (select (delivered_value, country) from {TABLE}{held})"
        )
    )
