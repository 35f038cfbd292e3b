"""Bounds that move with the night: `business_date`, `business_date - 30 days`, `business_date + 1 day`.

They stand in YAML as text wherever a bound may stand, so that one expectation keeps its name and its trend
from night to night. Of a timestamp column the bound is the beginning of that day, in UTC.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from cdp_pipeline.errors import ConfigError
from cdp_pipeline.validate.expectations.column_family import ColumnFamily, family_of

_NAME = "business_date"
_BOUND = re.compile(_NAME + r"(?: (?P<sign>[+-]) (?P<days>\d{1,5}) days?)?")


def at_business_date(
    kwargs: Mapping[str, Any], business_date: dt.date, columns: Mapping[str, str], place: str
) -> dict[str, Any]:
    """Return the kwargs with moving bounds put as ISO text.

    Args:
        columns: name and DuckDB type, where known.
        place: what declares the expectation; it opens the message.

    Raises:
        ConfigError: a bound names the business date in another form.
    """
    is_timestamp = family_of(columns.get(str(kwargs.get("column")), "")) is ColumnFamily.TIMESTAMP
    return {
        name: _resolved(value, business_date, f"{place}: {name}", is_timestamp=is_timestamp)
        if isinstance(value, str) and name in ("min_value", "max_value") and value.startswith(_NAME)
        else value
        for name, value in kwargs.items()
    }


def _resolved(bound: str, business_date: dt.date, place: str, *, is_timestamp: bool) -> str:
    parts = _BOUND.fullmatch(bound)
    if not parts:
        raise ConfigError(f"{place}: {bound!r} is no day. Write it as `{_NAME}` or `{_NAME} - 30 days`.")
    days = int(parts["days"] or 0)
    day = business_date + dt.timedelta(days=-days if parts["sign"] == "-" else days)
    return f"{day}T00:00:00" if is_timestamp else str(day)
