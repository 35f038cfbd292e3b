"""What comes late: events of an earlier day that are delivered only on a later night."""

from __future__ import annotations

import numpy as np

from cdp_pipeline.sample.clock import Times, close_of, night_of
from cdp_pipeline.sample.columns import Ints, Mask, at_least
from cdp_pipeline.sample.season import DAY

LATE_SHARE, LATE_AT_LEAST = 0.003, 1  # of the events of the days before a night's close
LATE_DAYS = 30


def deliver_late(rng: np.random.Generator, times: Times, nights: int, may_be_late: Mask) -> Ints:
    """Return the night on which each event is delivered: that of its day, for a few the one after it.

    Args:
        may_be_late: the named cases are always in time.
    """
    happened = night_of(times)
    delivered = happened.copy()
    for night in range(2, nights + 1):
        recent = (happened == night - 1) & (times > close_of(night - 1) - LATE_DAYS * DAY)
        delivered[at_least(rng, recent & may_be_late, LATE_SHARE, LATE_AT_LEAST)] = night
    return delivered
