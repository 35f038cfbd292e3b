"""How far a table was read: the greatest value of a column that grows with every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cdp_pipeline.errors import LandingFileError

Value = datetime | date | int | Decimal | str


@dataclass(frozen=True)
class Watermark:
    """The last value that was read, as the working file stores it.

    Attributes:
        text: the value.
        type: timestamp, date, integer, decimal or text.
    """

    text: str
    type: str

    @classmethod
    def of(cls, value: Value) -> Watermark:
        """Write a value down."""
        if isinstance(value, datetime):
            return cls(value.isoformat(), "timestamp")
        if isinstance(value, date):
            return cls(value.isoformat(), "date")
        if isinstance(value, int):
            return cls(str(value), "integer")
        return cls(str(value), "decimal" if isinstance(value, Decimal) else "text")

    def value(self) -> Value:
        """Return the value that was written down, as the driver gave it."""
        readers: dict[str, Any] = {
            "timestamp": datetime.fromisoformat,
            "date": date.fromisoformat,
            "integer": int,
            "decimal": Decimal,
            "text": str,
        }
        found: Value = readers[self.type](self.text)
        return found

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
    """Return the greatest of the values, those that are null left out.

    Raises:
        LandingFileError: the column holds something that has no order to rely on.
    """
    found = [value for value in values if value is not None]
    if so_far is not None:
        found.append(so_far)
    if not found:
        return None
    try:
        value = max(found)
    except TypeError:
        value = None
    if isinstance(value, str):
        _text_less(value, timedelta(0), column, label)
    if isinstance(value, str | datetime | date | int | Decimal) and not isinstance(value, bool):
        return value
    raise LandingFileError(
        f"{label}: watermark column {column} holds neither times nor numbers alone. Name another column under "
        "`watermark`, or none."
    )


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
        return value if moment <= present else _as_text(present)
    return value


def _text_less(value: str, lookback: timedelta, column: str = "", label: str = "") -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise LandingFileError(
            f"{label}: watermark column {column} holds text that is no ISO time, so nothing tells which row is newer. "
            "Name another column under `watermark`, or none."
        ) from None
    return _as_text(moment - lookback)


def _as_text(moment: datetime) -> str:
    """Write a bound that as text sorts before every writing of the same second: with T, fraction or zone."""
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
