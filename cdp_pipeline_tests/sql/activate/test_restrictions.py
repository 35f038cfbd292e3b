"""Who restricted the use of their data, or objected to a purpose, stays out; and what other legal bases allow."""

from __future__ import annotations

from datetime import date

import pytest

from cdp_pipeline.contracts.purposes import LegalBasis
from cdp_pipeline.privacy.consent_gate import ConsentViolation, verify_consent
from cdp_pipeline_tests.warehouse import BUSINESS_DATE, Warehouse

GOOGLE, MAILCHIMP = "google_repeat_buyers", "mailchimp_new_buyers"
EXCLUDED = "select activation, customer_id, reason, cast(reason_since as varchar), reason_source"
EXCLUDED += f" from activate.audience_exclusion where activation in ('{GOOGLE}', '{MAILCHIMP}') order by all"
SENT = "select activation, customer_id, legal_basis, consent_status from activate.activation_row"
SENT += f" where activation in ('{GOOGLE}', '{MAILCHIMP}') order by all"


class Buyers:
    """Buyers who are in both segments, each of whom allowed everything."""

    def __init__(self, **people: str) -> None:
        self.warehouse = Warehouse()
        for customer_id, email in people.items():
            record = f"shop/customer/{customer_id}"
            self.warehouse.add_record(customer_id, record, email=email)
            for number in range(2):
                self.warehouse.add_purchase(record, f"{customer_id}-{number}", "2026-04-20", "10.00")

    def allow(self, *addresses: str) -> None:
        for address in addresses:
            for purpose in ("marketing", "ad_audiences"):
                self.warehouse.add_consent(address, purpose, "granted", "2026-01-01")

    def restrict(self, customer_id: str, kind: str, purpose: str | None) -> None:
        """Enter what stands in the control database as the night copies it."""
        self.warehouse.build("processing_restriction")
        self.warehouse.engine.execute(
            "insert into golden.processing_restriction values (7, ?, ?, ?, '2026-05-02 09:00', 'privacy request 7')",
            [customer_id, kind, purpose],
        )

    def on_basis(self, basis: LegalBasis) -> None:
        """Let marketing rest on another legal basis than consent."""
        purposes = self.warehouse.night.project.purposes
        marketing = purposes["marketing"].model_copy(update={"legal_basis": basis})
        self.warehouse.on(BUSINESS_DATE, purposes={**purposes, "marketing": marketing})

    def excluded(self) -> list[tuple[str, ...]]:
        self.warehouse.build()
        verify_consent(self.warehouse.engine)
        return self.warehouse.rows(EXCLUDED)


BY_REQUEST = ("2026-05-02 09:00:00", "privacy request 7")


@pytest.mark.parametrize(
    ("kind", "purpose", "expected"),
    [
        ("restriction", None, {GOOGLE: "restricted", MAILCHIMP: "restricted"}),
        ("objection", None, {GOOGLE: "objected", MAILCHIMP: "objected"}),
        ("objection", "ad_audiences", {GOOGLE: "objected"}),
        ("restriction", "profiling", {}),
    ],
)
def test_whoever_restricted_or_objected_stays_out_whatever_they_allowed(
    kind: str, purpose: str | None, expected: dict[str, str]
) -> None:
    buyers = Buyers(c1="ann@example.org")
    buyers.allow("ann@example.org")
    buyers.restrict("c1", kind, purpose)
    assert buyers.excluded() == [(name, "c1", reason, *BY_REQUEST) for name, reason in expected.items()]


def test_whoever_shares_the_mailbox_stays_out_too() -> None:
    buyers = Buyers(c1="ann@gmail.com", c2="a.nn@gmail.com", c3="ann@gmail.com")
    buyers.allow("ann@gmail.com", "a.nn@gmail.com")
    buyers.restrict("c1", "objection", None)
    left_out = [(activation, customer_id) for activation, customer_id, *_ in buyers.excluded()]
    assert left_out == [(GOOGLE, "c1"), (GOOGLE, "c2"), (GOOGLE, "c3"), (MAILCHIMP, "c1"), (MAILCHIMP, "c3")]


def test_gate_stops_a_night_that_would_send_what_a_person_forbade() -> None:
    buyers = Buyers(c1="ann@gmail.com", c2="a.nn@gmail.com")
    buyers.allow("ann@gmail.com", "a.nn@gmail.com")
    assert buyers.excluded() == [(GOOGLE, "c2", "duplicate", None, None)]
    buyers.restrict("c2", "restriction", None)
    with pytest.raises(ConsentViolation, match=r"restricted .*google_repeat_buyers \(1 rows\)"):
        verify_consent(buyers.warehouse.engine)


def test_purpose_on_another_legal_basis_reaches_whoever_did_not_refuse() -> None:
    buyers = Buyers(c1="silent@example.org", c2="refused@example.org", c3="objected@example.org")
    buyers.warehouse.add_consent("refused@example.org", "marketing", "denied", "2026-02-01")
    buyers.on_basis(LegalBasis.LEGITIMATE_INTERESTS)
    buyers.restrict("c3", "objection", "marketing")
    reasons = {customer: reason for name, customer, reason, *_ in buyers.excluded() if name == MAILCHIMP}
    assert reasons == {"c2": "denied", "c3": "objected"}
    assert buyers.warehouse.rows(SENT) == [(MAILCHIMP, "c1", "legitimate_interests", None)]


def test_gate_stops_a_refused_row_of_a_purpose_that_asks_for_no_consent() -> None:
    buyers = Buyers(c1="ann@example.org")
    buyers.on_basis(LegalBasis.CONTRACT)
    assert [row for row in buyers.excluded() if row[0] == MAILCHIMP] == []
    buyers.warehouse.add_consent("ann@example.org", "marketing", "withdrawn", "2026-05-01")
    with pytest.raises(ConsentViolation, match="a refusal that stands is on record"):
        verify_consent(buyers.warehouse.engine)


def test_restriction_holds_from_the_night_that_copies_it_on() -> None:
    buyers = Buyers(c1="ann@example.org")
    buyers.allow("ann@example.org")
    assert buyers.excluded() == []
    buyers.warehouse.on(date(2026, 5, 5))
    buyers.restrict("c1", "restriction", None)
    assert {reason for _, _, reason, *_ in buyers.excluded()} == {"restricted"}
