"""The gate before publishing catches what activation should never have let through."""

from __future__ import annotations

import pytest

from cdp_pipeline.privacy.consent_gate import ConsentViolation, verify_consent
from cdp_pipeline_tests.warehouse import Warehouse

ANN = "ann@example.org"
SENT = {"activation": "google_repeat_buyers", "contact_kind": "email", "contact_value": ANN,
        "consent_purpose": "ad_audiences", "consent_channel": "ads"}  # fmt: skip


def ledger(*decisions: tuple[str, str, str, str]) -> Warehouse:
    """A row to be sent about Ann, and what she said: (purpose, channel, status, time)."""
    warehouse = Warehouse()
    warehouse.given("activate.activation_row", SENT)
    for purpose, channel, status, at in decisions:
        warehouse.add_consent(ANN, purpose, status, at, channel=channel)
    return warehouse


@pytest.mark.parametrize(
    "decisions",
    [
        [("ad_audiences", "ads", "granted", "2026-01-01")],
        [("ad_audiences", "any", "granted", "2026-01-01")],
        [
            ("ad_audiences", "ads", "withdrawn", "2026-01-01"),
            ("ad_audiences", "ads", "granted", "2026-01-02"),
        ],
        [("ad_audiences", "ads", "granted", "2026-01-01"), ("marketing", "any", "withdrawn", "2026-02-01")],
    ],
)
def test_row_with_standing_consent_passes(decisions: list[tuple[str, str, str, str]]) -> None:
    verify_consent(ledger(*decisions).engine)


@pytest.mark.parametrize(
    "decisions",
    [
        [],
        [("marketing", "any", "granted", "2026-01-01")],
        [("ad_audiences", "email", "granted", "2026-01-01")],
        [
            ("ad_audiences", "ads", "granted", "2026-01-01"),
            ("ad_audiences", "any", "withdrawn", "2026-01-02"),
        ],
        [("ad_audiences", "ads", "granted", "2026-01-01"), ("ad_audiences", "ads", "denied", "2026-01-01")],
    ],
)
def test_row_without_standing_consent_stops_the_night(decisions: list[tuple[str, str, str, str]]) -> None:
    with pytest.raises(ConsentViolation) as violation:
        verify_consent(ledger(*decisions).engine)
    assert "google_repeat_buyers (1 rows)" in str(violation.value)
    assert ANN not in str(violation.value)
