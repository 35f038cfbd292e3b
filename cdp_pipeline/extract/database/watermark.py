"""How far a table was read: the greatest value of a column that grows with every change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cdp_pipeline.errors import LandingFileError

Value = datetime | date | int | Decimal | str
ZONE = re.compile(r"\d[T ]\d.*?(Z|[+-]\d\d(?::?\d\d)?)?$")
"""Matches a time as text, its zone as a group if it names one; a day alone has none."""
SHORTER_FORMS = {10, 13, 16}
"""Signs of an ISO time that goes to the day, the hour or the minute."""


@dataclass(frozen=True)
class Watermark:
    """The last value that was read, as the working file stores it.

    Attributes:
        text: the value.
        type: timestamp, timestamp with time zone, date, integer, decimal or text.
    """

    text: str
    type: str

    @classmethod
    def of(cls, value: Value) -> Watermark:
        """Write a value down."""
        if isinstance(value, datetime):
            return cls(value.isoformat(), "timestamp with time zone" if value.tzinfo else "timestamp")
        if isinstance(value, date):
            return cls(value.isoformat(), "date")
        if isinstance(value, int):
            return cls(str(value), "integer")
        return cls(str(value), "decimal" if isinstance(value, Decimal) else "text")

    def value(self) -> Value:
        """Return the value that was written down, as the driver gave it."""
        readers: dict[str, Any] = {
            "timestamp": datetime.fromisoformat,
            "timestamp with time zone": datetime.fromisoformat,
            "date": date.fromisoformat,
            "integer": int,
            "decimal": Decimal,
            "text": str,
        }
        found: Value = readers[self.type](self.text)
        return found

    def is_comparable(self, value: Value) -> bool:
        """Tell whether a value can be later or earlier than this one: its column still holds the same kind."""
        mine = self.value()
        if isinstance(mine, str) and isinstance(value, str):
            return len(_zones([mine, value])) < 2
        return Watermark.of(mine).type == Watermark.of(value).type

    def less(self, lookback: timedelta) -> Value:
        """Return where to begin again, so that rows which were committed late still come.

        A number has no minutes: it is begun at again, and rows of a smaller number that came late are missed.
        """
        value = self.value()
        if isinstance(value, datetime):
            return value - lookback
        if isinstance(value, date):
            return value - timedelta(days=-(-lookback // timedelta(days=1)))
        if isinstance(value, str):
            return _text_less(value, lookback)
        return value


def greatest(column: str, label: str, values: Sequence[Any], so_far: Value | None) -> Value | None:
    """Return the greatest of the values; those that are null or no finite number have no place among them.

    Raises:
        LandingFileError: the column holds something that has no order to rely on.
    """
    found = [value for value in values if not (value is None or _is_endless(value))]
    if so_far is not None:
        found.append(so_far)
    if not found:
        return None
    try:
        value = max(found)
    except TypeError:
        value = None
    if isinstance(value, str):
        _refuse_text_without_order(found, value, column, label)
    if isinstance(value, str | datetime | date | int | Decimal) and not isinstance(value, bool):
        return value
    raise LandingFileError(
        f"{label}: watermark column {column} holds neither times nor numbers alone. Name another column under "
        "`watermark`, or none."
    )


def _is_endless(value: object) -> bool:
    """Tell NaN and infinity: the one has no order, the other would hide every row from then on."""
    return isinstance(value, Decimal) and not value.is_finite()


def _refuse_text_without_order(found: Sequence[str], newest: str, column: str, label: str) -> None:
    try:
        datetime.fromisoformat(newest)
    except ValueError:
        raise LandingFileError(
            f"{label}: watermark column {column} holds text that is no ISO time, so nothing tells which row is newer. "
            "Name another column under `watermark`, or none."
        ) from None
    if len(_zones(found)) > 1:
        raise LandingFileError(
            f"{label}: watermark column {column} holds text of several zones, so the greatest text need not be the "
            "newest. Write all of them in UTC with a `query`, or name another column under `watermark`, or none."
        )


def _zones(texts: Sequence[str]) -> set[str]:
    """Return the zones that times name, an empty one where some name none; a day alone says nothing of it."""
    found = {match[1] or "" for match in map(ZONE.search, texts) if match}
    return {zone and zone.replace("Z", "+00").replace(":", "").ljust(5, "0") for zone in found}


def not_in_the_future(value: Value, zone: str, now: datetime) -> Value:
    """Hold a watermark to the present: one row dated 2099 would hide every change until then.

    Rows beyond it come again every night, which replaces them by themselves.
    """
    local = now.astimezone(ZoneInfo(zone))
    if isinstance(value, datetime):
        return min(value, now if value.tzinfo else local.replace(tzinfo=None))
    if isinstance(value, date):
        return min(value, local.date())
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        present = now.astimezone(moment.tzinfo) if moment.tzinfo else local.replace(tzinfo=None)
        return value if moment <= present else _written_like(value, present) + _zone_of(value)
    return value


def _text_less(value: str, lookback: timedelta) -> str:
    """Return a bound that as text sorts before every writing of the same moment: with T, fraction or zone."""
    return _written_like(value, datetime.fromisoformat(value) - lookback)


def _written_like(text: str, moment: datetime) -> str:
    """Write a time, without its zone, as far as a text goes: a day alone sorts before its own midnight."""
    size = len(text.removesuffix(_zone_of(text)))
    written = moment.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    return written[:size] if size in SHORTER_FORMS else written


def _zone_of(text: str) -> str:
    match = ZONE.search(text)
    return (match[1] or "") if match else ""
