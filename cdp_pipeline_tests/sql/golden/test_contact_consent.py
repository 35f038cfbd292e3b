"""What is allowed at a contact point: latest decision, withdrawal before grant, nothing inferred."""

from __future__ import annotations

import random

import pytest

from cdp_pipeline_tests.warehouse import Warehouse

ANN = "ann@example.org"
STATUS = "select status from golden.contact_consent where purpose = '{}' and channel = '{}'"


def consent_after(
    *decisions: tuple[str, str, str], purpose: str = "marketing", channel: str = "email"
) -> list[str]:
    """Status on a channel after (status, time, channel) decisions."""
    warehouse = Warehouse()
    for status, at, decided_channel in decisions:
        warehouse.add_consent(ANN, purpose, status, at, channel=decided_channel)
    warehouse.build("contact_consent")
    return [status for (status,) in warehouse.rows(STATUS.format(purpose, channel))]


def test_latest_decision_wins() -> None:
    assert consent_after(("granted", "2026-01-01", "email"), ("withdrawn", "2026-02-01", "email")) == [
        "withdrawn"
    ]
    assert consent_after(("withdrawn", "2026-01-01", "email"), ("granted", "2026-02-01", "email")) == [
        "granted"
    ]


@pytest.mark.parametrize("negative", ["withdrawn", "denied"])
def test_negative_beats_grant_at_the_same_moment(negative: str) -> None:
    assert consent_after(("granted", "2026-01-01", "email"), (negative, "2026-01-01", "any")) == [negative]


def test_decision_for_any_channel_counts_on_each() -> None:
    decisions = (("granted", "2026-01-01", "any"), ("withdrawn", "2026-02-01", "sms"))
    assert consent_after(*decisions, channel="email") == ["granted"]
    assert consent_after(*decisions, channel="sms") == ["withdrawn"]


def test_channel_without_decision_has_no_row() -> None:
    assert consent_after(("granted", "2026-01-01", "email"), channel="sms") == []


def test_newsletter_opt_in_gives_no_consent_to_ad_audiences() -> None:
    warehouse = Warehouse()
    warehouse.add_consent(ANN, "marketing", "granted", "2026-01-01", channel="any")
    warehouse.build("contact_consent")
    assert warehouse.rows("select distinct purpose from golden.contact_consent") == [("marketing",)]


def test_channel_that_the_purpose_does_not_have_takes_refusals_and_no_grants() -> None:
    assert consent_after(("granted", "2026-01-01", "ads")) == []
    assert consent_after(("granted", "2026-01-01", "any"), ("denied", "2026-01-02", "ads")) == ["denied"]


def test_grant_dated_in_the_future_outranks_no_withdrawal() -> None:
    withdrawn = ("withdrawn", "2026-05-03", "email")
    assert consent_after(("granted", "2062-05-04", "email"), withdrawn) == ["withdrawn"]
    assert consent_after(("granted", "2026-05-06", "email"), withdrawn) == ["withdrawn"]
    assert consent_after(("granted", "2026-05-05 23:00", "email"), withdrawn) == ["granted"]


def test_grant_dated_in_the_future_is_no_consent_yet() -> None:
    assert consent_after(("granted", "2062-05-04", "email")) == []


def test_refusal_dated_in_the_future_counts_at_once() -> None:
    assert consent_after(("granted", "2026-05-01", "email"), ("denied", "2062-05-04", "email")) == ["denied"]


def test_sql_agrees_with_an_independent_reading_of_random_histories() -> None:
    rng, warehouse = random.Random(7), Warehouse()
    histories: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    rows = []
    for number in range(400):
        contact, purpose = f"p{rng.randrange(12)}@example.org", rng.choice(["marketing", "ad_audiences"])
        decided_channel, status = (
            rng.choice(["email", "ads", "any"]),
            rng.choice(["granted", "denied", "withdrawn"]),
        )
        at = f"2026-01-{rng.randrange(1, 9):02}"
        rows.append(
            {"source_system": f"s{number}", "contact_kind": "email", "contact_value": contact,
             "purpose": purpose, "channel": decided_channel, "status": status, "occurred_at": at}
        )  # fmt: skip
        for channel in channels_reached(purpose, decided_channel, status):
            histories.setdefault((contact, purpose, channel), []).append((at, status))
    warehouse.given("standardise.consent_event", *rows)
    warehouse.build("contact_consent")
    expected = {key: is_allowed(history) for key, history in histories.items()}
    found = warehouse.rows("select contact_value, purpose, channel, is_granted from golden.contact_consent")
    assert {(contact, purpose, channel): granted for contact, purpose, channel, granted in found} == expected
    assert set(expected.values()) == {True, False}


CHANNELS = {"marketing": ("email", "sms", "phone"), "ad_audiences": ("ads",)}


def channels_reached(purpose: str, decided_channel: str, status: str) -> tuple[str, ...]:
    """A decision for any channel, or a refusal for one that the purpose has not, counts on all of the purpose."""
    if decided_channel in CHANNELS[purpose]:
        return (decided_channel,)
    return CHANNELS[purpose] if decided_channel == "any" or status != "granted" else ()


def is_allowed(history: list[tuple[str, str]]) -> bool:
    """Allowed when everything said at the last moment was a grant."""
    last = max(at for at, _ in history)
    return all(status == "granted" for at, status in history if at == last)
