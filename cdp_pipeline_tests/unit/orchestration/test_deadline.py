"""When the published night must be there, from the schedule and its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.freshness import CronFreshnessPolicy, TimeWindowFreshnessPolicy

from cdp_pipeline.contracts.settings import ScheduleSettings
from cdp_pipeline.orchestration.deadline import due_at, freshness_policy


@pytest.mark.parametrize(
    ("cron", "zone", "published_at", "due"),
    [
        ("0 3 * * *", "UTC", "2026-05-04 03:20", "2026-05-05 09:00"),
        ("0 3 * * *", "UTC", "2026-05-04 02:50", "2026-05-04 09:00"),
        (
            "0 3 * * *",
            "Europe/Berlin",
            "2026-05-04 01:20",
            "2026-05-05 07:00",
        ),  # 03:00 is 01:00 UTC in summer
        ("0 3 * * *", "Europe/Berlin", "2026-12-04 02:20", "2026-12-05 08:00"),
        ("30 4 * * 1-5", "UTC", "2026-05-08 05:00", "2026-05-11 10:30"),  # from Friday to Monday
    ],
)
def test_the_next_night_is_due_six_hours_after_its_tick(
    cron: str, zone: str, published_at: str, due: str
) -> None:
    published = datetime.fromisoformat(published_at).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert due_at(ScheduleSettings(cron=cron, zone=zone), published) == expected


def test_a_nightly_schedule_gives_every_night_its_deadline() -> None:
    policy = freshness_policy(ScheduleSettings(cron="30 4 * * 1-5", zone="Asia/Tokyo"))
    assert isinstance(policy, CronFreshnessPolicy)
    assert (policy.deadline_cron, policy.timezone) == ("30 10 * * 1-5", "Asia/Tokyo")
    assert policy.lower_bound_delta == timedelta(hours=6)


@pytest.mark.parametrize(
    ("cron", "hours"),
    [("0 22 * * *", 30), ("0 1,13 * * *", 18), ("0 */2 * * *", 8), ("0 20 * * 1-5", 78), ("@daily", 30)],
)
def test_where_the_deadline_is_no_cron_expression_the_longest_gap_counts(cron: str, hours: int) -> None:
    policy = freshness_policy(ScheduleSettings(cron=cron, zone="UTC"))
    assert isinstance(policy, TimeWindowFreshnessPolicy)
    assert policy.fail_window.to_timedelta() == timedelta(hours=hours)


def test_what_is_no_cron_expression_is_left_to_the_schedule_to_refuse() -> None:
    settings = ScheduleSettings(cron="every night", zone="UTC")
    assert freshness_policy(settings) is None
    with pytest.raises(dg.DagsterInvalidDefinitionError, match="every night"):
        dg.ScheduleDefinition(cron_schedule=settings.cron, job_name="nightly")
