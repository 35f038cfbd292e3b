"""When the published night must be there: the project's schedule and the time that a night may take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import dagster as dg
from dagster._utils.schedules import (  # dagster brings the only reader of cron expressions that we have
    cron_string_iterator,
    get_smallest_cron_interval,
    is_valid_cron_string,
)

from cdp_pipeline.contracts.settings import ScheduleSettings

MAX_RUNTIME = timedelta(hours=6)
"""A run that takes longer is stopped, and a night that is not there by then is overdue."""

LOOKED_AT = 60
"""Ticks from which the longest gap of an irregular schedule is told: two months of nights."""


def due_at(schedule: ScheduleSettings, published_at: datetime) -> datetime:
    """Return when the night after a published one must be there (UTC)."""
    ticks = cron_string_iterator(published_at.timestamp() + 1, schedule.cron, schedule.zone)
    return next(ticks).astimezone(UTC) + MAX_RUNTIME


def freshness_policy(schedule: ScheduleSettings) -> dg.FreshnessPolicy | None:
    """Derive how fresh the published night must be; nothing for a cron expression that is none.

    Where the deadline of a tick can itself be written as a cron expression, every night has its deadline. Else the
    longest gap between two ticks counts.
    """
    if not is_valid_cron_string(schedule.cron):
        return None  # the schedule's own definition refuses it in better words
    deadline = _shifted(schedule.cron, MAX_RUNTIME)
    if deadline and get_smallest_cron_interval(schedule.cron) >= MAX_RUNTIME:
        return dg.FreshnessPolicy.cron(deadline, lower_bound_delta=MAX_RUNTIME, timezone=schedule.zone)
    now = datetime.now(UTC).timestamp()
    ticks = list(islice(cron_string_iterator(now, schedule.cron, schedule.zone), LOOKED_AT))
    longest = max(later - earlier for earlier, later in pairwise(ticks))
    return dg.FreshnessPolicy.time_window(fail_window=longest + MAX_RUNTIME)


def _shifted(cron: str, by: timedelta) -> str | None:
    """Move a cron expression by whole hours, if it names one time of day and stays within the day."""
    fields = cron.split()
    if len(fields) != 5:  # @daily and the like
        return None
    minute, hour, *days = fields
    hours = int(by.total_seconds() // 3600)
    if not minute.isdigit() or not hour.isdigit() or int(hour) + hours > 23:
        return None
    return " ".join([minute, str(int(hour) + hours), *days])
