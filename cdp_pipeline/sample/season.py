"""When people buy and browse: the retailer's year, day by day, and the hours of a day."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from cdp_pipeline.sample.clock import FIRST_CLOSE, Times, close_of
from cdp_pipeline.sample.columns import Floats, Ints, Mask

Spans = npt.NDArray[np.timedelta64]

HISTORY_DAYS = 1095
DAY = np.timedelta64(86_400, "s")

# How many times as busy as usual, by month and day; what overlaps counts once, the later line.
SEASONS = [
    ("spring garden", (3, 20), (5, 10), 1.25),
    ("Black Week", (11, 22), (11, 30), 2.0),
    ("Christmas", (12, 1), (12, 20), 2.4),
    ("after Christmas", (12, 21), (12, 31), 0.7),
    ("winter sale", (1, 5), (1, 20), 1.5),
    ("summer sale", (7, 15), (7, 31), 1.5),
]
SALES = ("Black Week", "winter sale", "summer sale")
SATURDAY = 1.4


@cache
def _dates() -> Times:
    """Return the calendar day of each day of the history, the last one being the first night's."""
    dates: Times = FIRST_CLOSE.astype("datetime64[D]") - np.arange(HISTORY_DAYS)[::-1]
    return dates


def month_and_day(dates: Times) -> Ints:
    """Return 1231 for the last of December."""
    months = dates.astype("datetime64[M]")
    day = (dates.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64) + 1
    number: Ints = (months.astype(np.int64) % 12 + 1) * 100 + day
    return number


@cache
def _weight_until() -> Floats:
    """Return how much of the history's business lies before each day, with one entry more than days."""
    dates = _dates()
    calendar, weight = month_and_day(dates), np.ones(HISTORY_DAYS)
    for _, first, last, factor in SEASONS:
        weight[(calendar >= first[0] * 100 + first[1]) & (calendar <= last[0] * 100 + last[1])] = factor
    is_saturday = (dates.astype(np.int64) + 3) % 7 == 5
    weight[is_saturday] *= SATURDAY
    until: Floats = np.r_[0.0, np.cumsum(weight)]
    return until


def draw_days(rng: np.random.Generator, begin: Floats, end: Floats) -> Ints:
    """Draw a day of the history between two of its days for each pair, busy days more often."""
    limits = np.arange(HISTORY_DAYS + 1.0)
    first, last = (np.interp(day, limits, _weight_until()) for day in (begin, end))
    drawn = np.interp(first + rng.random(len(begin)) * (last - first), _weight_until(), limits)
    day: Ints = np.minimum(drawn.astype(np.int64), HISTORY_DAYS - 1)
    return day


def start_of(day: Ints) -> Times:
    """Return the local midnight (summer time) in UTC with which a day of the history begins."""
    midnight: Times = FIRST_CLOSE - (HISTORY_DAYS - day) * DAY
    return midnight


def shopping_hours(rng: np.random.Generator, size: int) -> Spans:
    """Draw times of day of web purchases and visits: from six till nearly midnight, most after work."""
    hours = np.clip(rng.normal(17.0, 4.0, size), 6.0, 23.0) + rng.random(size) * 0.75
    return (hours * 3600).astype(np.int64).astype("timedelta64[s]")


def opening_hours(rng: np.random.Generator, size: int) -> Spans:
    """Draw times of day at which the stores are open, in winter time too."""
    return ((10.5 + 8.5 * rng.random(size)) * 3600).astype(np.int64).astype("timedelta64[s]")


def on_night(night: int) -> np.datetime64:
    """Return the start of the day that a later night tells of."""
    return close_of(night) - DAY


def is_sale(times: Times) -> Mask:
    """Tell which times lie in a sale."""
    calendar = month_and_day(times)
    found = np.zeros(len(times), dtype=bool)
    for name, first, last, _ in SEASONS:
        if name in SALES:
            found |= (calendar >= first[0] * 100 + first[1]) & (calendar <= last[0] * 100 + last[1])
    return found
