"""When things happen: business nights, their limits in UTC, and how each system writes a point in time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from cdp_pipeline.sample.pools import Ints, Text, as_text

Times = npt.NDArray[np.datetime64]

FIRST_BUSINESS_DATE = np.datetime64("2026-05-04")
# A night holds all that happened before its business date began in Berlin, where the tills stand.
FIRST_CLOSE = np.datetime64("2026-05-03T22:00:00")
_DAY = np.timedelta64(1, "D")


def business_date(night: int) -> str:
    """Return the ISO date of a night; the first is night 1."""
    return str(FIRST_BUSINESS_DATE + (night - 1) * _DAY)


def close_of(night: int) -> np.datetime64:
    """Return the end of what a night's files tell, in UTC."""
    return FIRST_CLOSE + (night - 1) * _DAY


def night_of(times: Times) -> Ints:
    """Return the first night whose files hold events of these times."""
    nights: Ints = np.maximum(1, 1 + np.ceil((times - FIRST_CLOSE) / _DAY)).astype(np.int64)
    return nights


def before_close(rng: np.random.Generator, night: Ints, oldest_days: int) -> Times:
    """Draw times at most `oldest_days` before each night's close; of a later night, within its own day."""
    span = np.where(night > 1, 86_000, oldest_days * 86_400)
    back = (rng.random(len(night)) * span).astype(np.int64) + 60
    times: Times = FIRST_CLOSE + (night - 1) * _DAY - back.astype("timedelta64[s]")
    return times


def utc_seconds(times: Times) -> Text:
    """Write as 2026-05-01T10:00:00Z."""
    return as_text(as_text(np.datetime_as_string(times.astype("datetime64[s]"), unit="s")) + "Z")


def utc_milliseconds(times: Times) -> Text:
    """Write as Salesforce does: 2026-05-01T10:00:00.000Z."""
    return as_text(as_text(np.datetime_as_string(times.astype("datetime64[ms]"), unit="ms")) + "Z")


def utc_plain(times: Times) -> Text:
    """Write as Mailchimp does: 2026-05-01 10:00:00, in UTC without saying so."""
    return as_text(pd.Series(utc_seconds(times), dtype=object).str.replace("T", " ").str.rstrip("Z"))


def berlin_offset(times: Times) -> Text:
    """Write as Shopify does: 2026-05-01 12:00:00 +0200."""
    local = _berlin(times)
    return as_text(local.strftime("%Y-%m-%d %H:%M:%S %z"))


def berlin_date_and_time(times: Times) -> tuple[Text, Text]:
    """Write as Square does: local date and time in two columns."""
    local = _berlin(times)
    return as_text(local.strftime("%Y-%m-%d")), as_text(local.strftime("%H:%M:%S"))


def _berlin(times: Times) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(times).tz_localize("UTC").tz_convert("Europe/Berlin")
