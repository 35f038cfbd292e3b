"""When things happen: business nights and their limits in UTC."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cdp_pipeline.sample.columns import Ints

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
    """Return the first night whose files hold events of these times: the first that closes after them."""
    nights: Ints = np.maximum(1, 2 + (times - FIRST_CLOSE) // _DAY).astype(np.int64)
    return nights


def before_close(rng: np.random.Generator, night: Ints, oldest_days: int) -> Times:
    """Draw times at most `oldest_days` before each night's close; of a later night, within its own day."""
    span = np.where(night > 1, 86_000, oldest_days * 86_400)
    back = (rng.random(len(night)) * span).astype(np.int64) + 60
    times: Times = FIRST_CLOSE + (night - 1) * _DAY - back.astype("timedelta64[s]")
    return times
