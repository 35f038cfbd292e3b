"""A history laid into the tables that the consent models read, and their answer read back as an oracle's verdicts."""

from __future__ import annotations

from functools import cache
from typing import Any

from cdp_pipeline.contracts.activation import Activation, Destination
from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.purposes import Purpose
from cdp_pipeline_tests.consent.histories import (
    ACTIVATIONS,
    ASKS_FOR_CONSENT,
    CHANNELS,
    FIRST_NIGHT,
    LAST_NIGHT,
    History,
    Telling,
)
from cdp_pipeline_tests.consent.oracle import Verdict
from cdp_pipeline_tests.warehouse import Row, Warehouse, shipped_project

SEGMENT, EXCLUDED = "repeat_buyers", "recent_complainers"
TEXT = {"en": "E", "de": "D"}


@cache
def parts_of_the_project() -> dict[str, Any]:
    """Purposes, destinations and activations of the histories, for the segments of the shipped project."""
    project, everything = shipped_project(), {"purposes": list(CHANNELS)}
    return {
        "purposes": {name: _purpose(name) for name in CHANNELS},
        "segments": {
            **project.segments,
            **{name: project.segments[name].model_copy(update=everything) for name in (SEGMENT, EXCLUDED)},
        },
        "destinations": {one.name: _destination(one.name) for one in ACTIVATIONS},
        "activations": {one.name: _activation(one.name) for one in ACTIVATIONS},
    }


def _purpose(name: str) -> Purpose:
    basis = "consent" if ASKS_FOR_CONSENT[name] else "legal_obligation"
    fields = {"title": TEXT, "description": TEXT, "owner": "team:test"}
    channels = list(CHANNELS[name])
    return parse_contract({**fields, "legal_basis": basis, "channels": channels}, Purpose, origin="test")


def _destination(name: str) -> Destination:
    activation = next(one for one in ACTIVATIONS if one.name == name)
    columns = [
        {
            "header": kind,
            "field": kind,
            "occurrence": place,
            "normaliser": taken.normaliser,
            "is_hashed": place > 0,
        }
        | ({"max_characters": taken.max_characters} if taken.max_characters else {})
        for kind, taken in activation.kinds.items()
        for place in range(1, taken.max_contacts + 1)
    ]
    required = [kind for kind, taken in activation.kinds.items() if taken.is_required]
    read = {"title": "T", "spec_source": "test", "spec_read_on": "2026-01-01"}
    names = {"destination": name, "purposes": [activation.purpose], "consent_channel": activation.channel}
    return parse_contract(
        {**read, **names, "columns": columns, "required_any": required}, Destination, origin="test"
    )


def _activation(name: str) -> Activation:
    activation = next(one for one in ACTIVATIONS if one.name == name)
    excluded = [EXCLUDED] if activation.spares_the_excluded else []
    fields = {"activation": name, "title": "T", "owner": "team:test", "segment": SEGMENT, "destination": name}
    return parse_contract(
        {**fields, "purpose": activation.purpose, "exclude_segments": excluded}, Activation, origin="test"
    )


def build_last_night(history: History) -> Warehouse:
    """Run the ledger on the first night, and everything up to the audiences on the last."""
    warehouse = Warehouse(business_date=FIRST_NIGHT)
    lines = {telling: line for line, telling in enumerate(history.tellings, start=2)}
    warehouse.on(FIRST_NIGHT, **parts_of_the_project())
    _tell(warehouse, {telling: line for telling, line in lines.items() if telling.on_first})
    warehouse.build("consent_ledger")
    warehouse.on(LAST_NIGHT)
    _tell(warehouse, {telling: line for telling, line in lines.items() if telling.on_last})
    standing = [line for telling, line in lines.items() if telling.record_stands]
    warehouse.given("record_history", *({"file_id": "told", "line": line} for line in standing))
    _give_customers(warehouse, history)
    _give_what_happened(warehouse, history)
    warehouse.build("activation_row", "audience_exclusion", "consent_layout", "purpose")
    return warehouse


def _tell(warehouse: Warehouse, tellings: dict[Telling, int]) -> None:
    events: list[Row] = []
    delivered: list[Row] = []
    for telling, line in tellings.items():
        one = telling.decision
        contact = {"contact_kind": one.contact.kind, "contact_value": one.contact.value}
        words = {"purpose": one.purpose, "channel": one.channel, "status": one.status, "occurred_at": one.at}
        event = {"source_system": one.source, **contact, **words}
        events.append(event)
        delivered.append({**event, "file_id": "told", "line": line})
    warehouse.given("consent_event", *events)
    warehouse.given("delivered_consent", *delivered)


def _give_customers(warehouse: Warehouse, history: History) -> None:
    key = {"source_system": "shop", "record_kind": "customer"}
    records: list[Row] = [
        {**key, "source_record_id": r.record_id, "customer_id": r.customers[1], "observed_at": r.seen_at}
        for r in history.records
    ]
    points: list[Row] = [
        {**key, "source_record_id": r.record_id, "contact_kind": contact.kind, "is_valid": is_valid,
         "delivered_value": contact.value, "contact_value": contact.value if is_valid else None}
        for r in history.records
        for contact, is_valid in r.contacts
    ]  # fmt: skip
    members: list[Row] = [
        {"segment": segment, "customer_id": customer, "entered_on": day}
        for segment, who in ((SEGMENT, history.members), (EXCLUDED, history.excluded))
        for customer, day in who.items()
    ]
    warehouse.given("candidate_record", *records)
    warehouse.given("record_first_seen", *(
        {**key, "source_record_id": r.record_id, "first_seen_at": r.first_seen_at} for r in history.records
    ))  # fmt: skip
    warehouse.given("contact_point", *points)
    warehouse.given("segment_member", *members)
    warehouse.given(
        "golden_profile",
        *(
            {"customer_id": c, "email": email, "phone": phone}
            for c, (email, phone) in history.survivors.items()
        ),
    )


def _give_what_happened(warehouse: Warehouse, history: History) -> None:
    warehouse.given("email_event", *(
        {"source_system": "email", "email_event_id": str(n), "email": e.email, "event": e.event, "occurred_at": e.at}
        for n, e in enumerate(history.events)
    ))  # fmt: skip
    warehouse.given("suppression", *(
        {"source_system": "list", "contact_kind": s.kind, "contact_value": s.value, "channel": s.channel,
         "delivered_value": s.value, "added_on": s.added_on, "is_lost": False}
        for s in history.suppressions
    ))  # fmt: skip
    warehouse.given("quarantine", *(
        {"source_system": "consent", "layout": "consent_preferences", "file_id": f"q{n}", "line": 2,
         "raw_record": "; ".join([*(c.value for c in u.contacts), *u.hashes, "sms: perhaps"])}
        for n, u in enumerate(history.unreadable)
    ))  # fmt: skip
    warehouse.given("file", *(
        {"file_id": f"q{n}", "first_seen_on": u.delivered_on} for n, u in enumerate(history.unreadable)
    ))  # fmt: skip
    phones = {c.value for u in history.unreadable for c in u.contacts if c.kind == "phone"}
    phones |= {c.value for record in history.records for c, _ in record.contacts if c.kind == "phone"}
    warehouse.given(
        "phone_digit_form", *({"digits": phone[1:], "contact_value": phone} for phone in sorted(phones))
    )
    warehouse.given("processing_restriction", *(
        {"restriction_id": n, "customer_id": r.customer, "restriction_kind": r.kind, "purpose": r.purpose,
         "since": "2026-05-01", "source": f"privacy request {n}"}
        for n, r in enumerate(history.restrictions)
    ))  # fmt: skip


def verdicts_of(warehouse: Warehouse) -> dict[str, Verdict]:
    """Read what the models say, by activation."""
    sent = warehouse.rows(
        "select activation, customer_id, contact_kind, contact_value from activate.activation_row"
    )
    left_out = warehouse.rows(
        "select activation, customer_id, reason, reason_since from activate.audience_exclusion"
    )
    return {
        one.name: Verdict(
            frozenset((customer, kind, value) for name, customer, kind, value in sent if name == one.name),
            {customer: reason for name, customer, reason, _ in left_out if name == one.name},
            frozenset(
                c
                for name, c, reason, since in left_out
                if name == one.name and reason == "no_consent" and since
            ),
        )
        for one in ACTIVATIONS
    }


def disagreements(models: dict[str, Verdict], oracle: dict[str, Verdict]) -> list[str]:
    """List where models and oracle differ, for a failed test to show."""
    found: list[str] = []
    for name, expected in oracle.items():
        found += [
            f"{name}: sent, and must not be: {row}" for row in sorted(models[name].sent - expected.sent)
        ]
        found += [f"{name}: not sent, and may be: {row}" for row in sorted(expected.sent - models[name].sent)]
        for customer in sorted({*models[name].reasons, *expected.reasons}):
            said, due = models[name].reasons.get(customer), expected.reasons.get(customer)
            if said != due:
                found.append(f"{name}: {customer} is left out as {said}, and should be as {due}")
        lapsed = models[name].lapsed ^ expected.lapsed
        found += [
            f"{name}: {customer}: whether a consent lapsed is told wrongly" for customer in sorted(lapsed)
        ]
    return found
