"""The gate before publishing catches what activation should never have let through."""

from __future__ import annotations

from hashlib import sha256

import pytest

from cdp_pipeline.privacy.consent_gate import ConsentViolation, verify_consent
from cdp_pipeline_tests.warehouse import Warehouse

ANN = "ann@example.org"
GATE_READS = ("consent_layout", "consent_ledger", "purpose", "activation_contact_kind", "contact_form",
              "processing_restriction")  # fmt: skip
SENT = {"activation": "google_repeat_buyers", "contact_kind": "email", "contact_value": ANN,
        "consent_purpose": "ad_audiences", "consent_channel": "ads"}  # fmt: skip


def ledger(*decisions: tuple[str, str, str, str]) -> Warehouse:
    """A row to be sent about Ann, and what she said: (purpose, channel, status, time)."""
    warehouse = Warehouse()
    warehouse.given("activate.activation_row", SENT)
    for purpose, channel, status, at in decisions:
        warehouse.add_consent(ANN, purpose, status, at, channel=channel)
    warehouse.build(*GATE_READS)
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
        [("ad_audiences", "ads", "granted", "2062-01-01"), ("ad_audiences", "ads", "denied", "2026-05-03")],
        [("ad_audiences", "ads", "granted", "2026-05-06")],
    ],
)
def test_row_without_standing_consent_stops_the_night(decisions: list[tuple[str, str, str, str]]) -> None:
    with pytest.raises(ConsentViolation) as violation:
        verify_consent(ledger(*decisions).engine)
    assert "google_repeat_buyers (1 rows)" in str(violation.value)
    assert ANN not in str(violation.value)


def gate_with_unreadable_record(
    sent: str, layout: str, raw_record: str, granted: str = "2026-01-01"
) -> Warehouse:
    """A row to be sent, granted for, and a record in quarantine that was delivered on 2026-05-01."""
    warehouse = ledger()
    kind = "phone" if sent.startswith("+") else "email"
    warehouse.given("activate.activation_row", {**SENT, "contact_kind": kind, "contact_value": sent})
    warehouse.add_consent(sent, "ad_audiences", "granted", granted)
    record = {"layout": layout, "file_id": "f1", "line": 2, "raw_record": raw_record}
    warehouse.given("validate.quarantine", record)
    warehouse.given("extract.file", {"file_id": "f1", "first_seen_on": "2026-05-01"})
    return warehouse


@pytest.mark.parametrize(
    ("sent", "raw_record"),
    [
        (ANN, '{"email": "Ann@Example.org", "purpose": "Marketing"}'),
        (ANN, "ann@example.org,,marketing,email,withdrawn,2026-05-04,form,no, thanks"),
        (ANN, '{"email": "Ann <ann@example.org>"}'),
        ("+436641234567", '{"phone": "0664 1234567"}'),
        ("+436641234567", ",+43 664 1234567,marketing"),
    ],
)
def test_row_that_a_record_in_quarantine_names_stops_the_night(sent: str, raw_record: str) -> None:
    with pytest.raises(ConsentViolation, match="record in quarantine") as violation:
        verify_consent(gate_with_unreadable_record(sent, "consent_preferences", raw_record).engine)
    assert "google_repeat_buyers (1 rows)" in str(violation.value)
    assert sent not in str(violation.value)


@pytest.mark.parametrize(
    ("layout", "raw_record", "granted"),
    [
        ("shopify_orders", ANN, "2026-01-01"),
        ("consent_preferences", "joann@example.org", "2026-01-01"),
        ("consent_preferences", ANN, "2026-05-03"),
    ],
)
def test_record_without_consent_about_others_or_answered_stops_nothing(
    layout: str, raw_record: str, granted: str
) -> None:
    verify_consent(gate_with_unreadable_record(ANN, layout, raw_record, granted).engine)


def gate_with_two_spellings(
    activation: str, sent: str, sent_value: str, *decisions: tuple[str, str, str]
) -> Warehouse:
    """An address to be sent as `sent_value`, granted for on 2026-02-01; and decisions: (address, status, time)."""
    warehouse = Warehouse()
    row = {**SENT, "activation": activation, "contact_value": sent, "sent_value": sent_value}
    warehouse.given("activate.activation_row", row)
    for address, status, at in [(sent, "granted", "2026-02-01"), *decisions]:
        warehouse.add_consent(address, "ad_audiences", status, at, channel="ads")
    warehouse.build(*GATE_READS)
    return warehouse


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("sent", "sent_value", "refused"),
    [
        ("ann@gmail.com", hashed("ann@gmail.com"), "a.nn+news@gmail.com"),
        ("a.nn@googlemail.com", hashed("ann@googlemail.com"), "ann@googlemail.com"),
        ("a.nn@gmail.com", "ann@gmail.com", "an.n@gmail.com"),
    ],
)
@pytest.mark.parametrize(("status", "at"), [("withdrawn", "2026-02-01"), ("denied", "2026-03-01")])
def test_refusal_by_another_spelling_of_the_mailbox_stops_the_night(
    sent: str, sent_value: str, refused: str, status: str, at: str
) -> None:
    warehouse = gate_with_two_spellings("google_repeat_buyers", sent, sent_value, (refused, status, at))
    with pytest.raises(ConsentViolation, match="another spelling") as violation:
        verify_consent(warehouse.engine)
    assert "google_repeat_buyers (1 rows)" in str(violation.value)
    assert refused not in str(violation.value)


@pytest.mark.parametrize(
    ("activation", "refused", "decisions"),
    [
        ("google_repeat_buyers", "a.nn@gmail.com", [("withdrawn", "2026-01-31")]),
        ("google_repeat_buyers", "a.nn@gmail.com", [("withdrawn", "2026-03-01"), ("granted", "2026-03-02")]),
        ("google_repeat_buyers", "a.nn@googlemail.com", [("withdrawn", "2026-03-01")]),
        ("google_repeat_buyers", "an@gmail.com", [("withdrawn", "2026-03-01")]),
        ("meta_high_value", "a.nn@gmail.com", [("withdrawn", "2026-03-01")]),
    ],
)
def test_refusal_answered_since_or_of_another_mailbox_at_the_platform_stops_nothing(
    activation: str, refused: str, decisions: list[tuple[str, str]]
) -> None:
    told = [(refused, status, at) for status, at in decisions]
    verify_consent(
        gate_with_two_spellings(activation, "ann@gmail.com", hashed("ann@gmail.com"), *told).engine
    )


ENTRY = {"contact_kind": "email", "contact_value": ANN, "purpose": "ad_audiences", "channel": "ads",
         "status": "withdrawn", "occurred_at": "2026-02-01", "source_system": "consent"}  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "is_stopped"),
    [
        ([("2026-05-01", "recorded"), ("2026-05-02", "no_longer_stated")], True),
        ([("2026-05-01", "recorded"), ("2026-05-02", "read_differently")], False),
        (
            [("2026-05-01", "recorded"), ("2026-05-02", "read_differently"), ("2026-05-03", "recorded")],
            True,
        ),
    ],
)
def test_refusal_that_only_the_ledger_knows_stops_the_night(
    entries: list[tuple[str, str]], is_stopped: bool
) -> None:
    warehouse = ledger(("ad_audiences", "ads", "granted", "2026-01-01"))
    for recorded_on, entry in entries:
        warehouse.engine.execute(
            "insert into golden.consent_ledger by name select ? as recorded_on, ? as entry,"
            f" {', '.join(f'? as {column}' for column in ENTRY)}",
            [recorded_on, entry, *ENTRY.values()],
        )
    if is_stopped:
        with pytest.raises(ConsentViolation):
            verify_consent(warehouse.engine)
    else:
        verify_consent(warehouse.engine)
