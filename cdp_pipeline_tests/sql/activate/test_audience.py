"""Who is in a file, who is not, and for which one reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cdp_pipeline.privacy import verify_consent
from cdp_pipeline_tests.warehouse import Warehouse

ANN = "ann@example.org"
ALL = ("google_new_buyers", "google_repeat_buyers", "mailchimp_new_buyers")


class Audience:
    """Customers who are both new and repeat buyers: two purchases in April 2026."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()

    def add_buyer(self, customer_id: str, **contacts: str) -> None:
        record = f"shop/customer/{customer_id}"
        self.warehouse.add_record(customer_id, record, **contacts)
        for number in range(2):
            self.warehouse.add_purchase(record, f"{customer_id}-{number}", f"2026-04-0{number + 1}", "10.00")

    def allow(self, contact: str, *purposes: str, at: str = "2026-01-01") -> None:
        for purpose in purposes or ("marketing", "ad_audiences"):
            self.warehouse.add_consent(contact, purpose, "granted", at)

    def build(self) -> Audience:
        self.warehouse.build()
        return self

    def sent(self, activation: str) -> list[tuple[str, str]]:
        return self.warehouse.rows(
            "select customer_id, contact_value from activate.activation_row "
            f"where activation = '{activation}' order by customer_id, contact_kind, occurrence"
        )

    def left_out(self, activation: str) -> dict[str, str]:
        left_out = f"from activate.audience_exclusion where activation = '{activation}'"
        return dict(self.warehouse.rows(f"select customer_id, reason {left_out}"))


@pytest.fixture
def audience() -> Audience:
    return Audience()


def test_consented_buyer_is_sent_with_the_consent_relied_on(audience: Audience) -> None:
    audience.add_buyer("c1", email=ANN)
    audience.warehouse.add_consent(
        ANN,
        "ad_audiences",
        "granted",
        "2026-01-01 08:00:00",
        source_system="consent",
        origin="preference centre",
    )
    audience.build()
    assert audience.warehouse.rows(
        "select consent_purpose, consent_channel, consent_status, "
        "strftime(consent_decided_at, '%Y-%m-%d %H:%M'), consent_source, consent_origin "
        "from activate.activation_row where activation = 'google_repeat_buyers'"
    ) == [("ad_audiences", "ads", "granted", "2026-01-01 08:00", "consent", "preference centre")]


def test_newsletter_opt_in_sends_nobody_to_an_ad_platform(audience: Audience) -> None:
    audience.add_buyer("c1", email=ANN)
    audience.allow(ANN, "marketing")
    audience.build()
    assert audience.sent("mailchimp_new_buyers") == [("c1", ANN)]
    assert audience.left_out("google_repeat_buyers") == {"c1": "no_consent"}


def test_only_the_consented_contact_point_of_a_person_leaves(audience: Audience) -> None:
    audience.add_buyer("c1", email=ANN, phone="+49891234567")
    audience.allow(ANN)
    audience.build()
    assert audience.sent("google_repeat_buyers") == [("c1", ANN)]


@pytest.mark.parametrize(
    ("reason", "happens"),
    [
        ("withdrawn", lambda a: a.warehouse.add_consent(ANN, "ad_audiences", "withdrawn", "2026-03-01")),
        ("denied", lambda a: a.warehouse.add_consent(ANN, "ad_audiences", "denied", "2026-03-01")),
        ("bounced", lambda a: a.warehouse.add_email_event(ANN, "bounced_hard", "2026-03-01")),
        ("complained", lambda a: a.warehouse.add_email_event(ANN, "complained", "2026-03-01")),
    ],
)
def test_exclusion_tells_reason_time_and_source(
    audience: Audience, reason: str, happens: Callable[[Audience], None]
) -> None:
    audience.add_buyer("c1", email=ANN)
    audience.allow(ANN)
    happens(audience)
    audience.build()
    source = "email" if reason in {"bounced", "complained"} else "consent"
    assert audience.warehouse.rows(
        "select reason, cast(cast(reason_since as date) as varchar), reason_source, contact_kind "
        "from activate.audience_exclusion where activation = 'google_repeat_buyers'"
    ) == [(reason, "2026-03-01", source, "email")]


def test_buyer_without_usable_contact_point_is_told_apart_from_one_never_asked(audience: Audience) -> None:
    audience.add_buyer("c1")
    audience.add_buyer("c2", invalid_email="x@")
    audience.add_buyer("c3", email=ANN)
    audience.build()
    for activation in ALL:
        assert audience.left_out(activation) == {
            "c1": "no_usable_contact",
            "c2": "no_usable_contact",
            "c3": "no_consent",
        }


def test_withdrawal_comes_before_every_other_reason(audience: Audience) -> None:
    audience.add_buyer("c1", email=ANN, phone="+49891234567")
    audience.warehouse.add_consent("+49891234567", "ad_audiences", "withdrawn", "2026-03-01")
    audience.build()
    assert audience.left_out("google_repeat_buyers") == {"c1": "withdrawn"}


def unreadable_record_about(audience: Audience, contact: str, delivered_on: str = "2026-05-04") -> None:
    """A record in quarantine that may be a withdrawal."""
    record = {"source_system": "consent", "layout": "consent_preferences", "file_id": "f1", "line": 2}
    audience.warehouse.given(
        "quarantine", {**record, "raw_record": f'{{"who": "{contact}", "purpose": "Ads"}}'}
    )
    audience.warehouse.given("file", {"file_id": "f1", "first_seen_on": delivered_on})


def test_record_that_nobody_can_read_keeps_whom_it_names_out_of_every_file(audience: Audience) -> None:
    audience.add_buyer("c1", email=ANN)
    audience.add_buyer("c2", email="bob@example.org")
    audience.allow(ANN)
    audience.allow("bob@example.org")
    unreadable_record_about(audience, ANN)
    audience.build()
    for activation in ALL:
        assert audience.left_out(activation) == {"c1": "consent_unreadable"}
        assert audience.sent(activation) == [("c2", "bob@example.org")]
    assert audience.warehouse.rows(
        "select distinct cast(cast(reason_since as date) as varchar), reason_source"
        " from activate.audience_exclusion"
    ) == [("2026-05-04", "consent")]


def test_readable_refusal_is_named_before_the_unreadable_record(audience: Audience) -> None:
    audience.add_buyer("c1", email=ANN)
    audience.warehouse.add_consent(ANN, "marketing", "withdrawn", "2026-03-01")
    unreadable_record_about(audience, ANN)
    audience.build()
    assert audience.left_out("mailchimp_new_buyers") == {"c1": "withdrawn"}
    assert audience.left_out("google_repeat_buyers") == {"c1": "consent_unreadable"}


@pytest.mark.parametrize(("decided_at", "is_sent"), [("2026-05-02 23:00", False), ("2026-05-03", True)])
def test_only_a_later_decision_answers_an_unreadable_record(
    audience: Audience, decided_at: str, is_sent: bool
) -> None:
    audience.add_buyer("c1", email=ANN)
    audience.allow(ANN, at=decided_at)
    unreadable_record_about(audience, ANN, delivered_on="2026-05-01")
    audience.build()
    assert bool(audience.sent("mailchimp_new_buyers")) is is_sent
    verify_consent(audience.warehouse.engine)


def test_shared_address_stands_in_a_file_once(audience: Audience) -> None:
    audience.add_buyer("c1", email="family@example.org")
    audience.add_buyer("c2", email="family@example.org")
    audience.allow("family@example.org")
    audience.build()
    for activation in ALL:
        assert audience.sent(activation) == [("c1", "family@example.org")]
        assert audience.left_out(activation) == {"c2": "duplicate"}


def test_two_spellings_of_one_mailbox_are_sent_once(audience: Audience) -> None:
    audience.add_buyer("c1", email="a.nn@gmail.com")
    audience.warehouse.add_record("c1", "crm/contact/9", email="ann@gmail.com", updated_at="2025-01-01")
    audience.allow("a.nn@gmail.com")
    audience.allow("ann@gmail.com")
    audience.build()
    assert audience.sent("google_repeat_buyers") == [("c1", "a.nn@gmail.com")]


@pytest.mark.parametrize(
    ("refused_at", "reason"), [("2025-12-31", None), ("2026-01-01", "withdrawn"), ("2026-03-01", "withdrawn")]
)
def test_refusal_by_another_spelling_of_the_mailbox_holds_until_the_next_grant(
    audience: Audience, refused_at: str, reason: str | None
) -> None:
    audience.add_buyer("c1", email="ann@gmail.com")
    audience.allow("ann@gmail.com")
    audience.warehouse.add_consent("a.nn+news@gmail.com", "ad_audiences", "withdrawn", refused_at)
    audience.build()
    assert audience.left_out("google_repeat_buyers") == ({"c1": reason} if reason else {})
    assert audience.left_out("mailchimp_new_buyers") == {}


@pytest.mark.parametrize(
    ("event", "reason"),
    [("complained", "complained"), ("bounced_hard", "bounced"), ("bounced_soft", None), ("opened", None)],
)
def test_complaint_or_hard_bounce_of_another_spelling_counts_where_both_are_one_mailbox(
    audience: Audience, event: str, reason: str | None
) -> None:
    audience.add_buyer("c1", email="ann@gmail.com")
    audience.allow("ann@gmail.com")
    audience.warehouse.add_email_event("a.nn@gmail.com", event, "2026-03-01")
    audience.build()
    assert audience.warehouse.rows(
        "select reason, cast(cast(reason_since as date) as varchar), reason_source "
        "from activate.audience_exclusion where activation = 'google_repeat_buyers'"
    ) == ([(reason, "2026-03-01", "email")] if reason else [])
    assert audience.left_out("mailchimp_new_buyers") == {}


def test_address_that_a_destination_cannot_take_is_set_aside_and_the_rest_is_sent(audience: Audience) -> None:
    audience.add_buyer("c1", email="peña@example.org")
    audience.add_buyer("c2", email=ANN)
    for address in ("peña@example.org", ANN):
        audience.allow(address)
    audience.build()
    assert audience.left_out("mailchimp_new_buyers") == {"c1": "not_accepted"}
    assert audience.sent("mailchimp_new_buyers") == [("c2", ANN)]
    assert len(audience.sent("google_repeat_buyers")) == 2


def test_more_addresses_than_columns_send_the_profile_s_own_first(audience: Audience) -> None:
    audience.add_buyer("c1", email="new@example.org")
    for number in range(3):
        audience.warehouse.add_record(
            "c1", f"crm/contact/{number}", email=f"old{number}@example.org", updated_at="2020-01-01"
        )
    for address in ("new@example.org", "old0@example.org", "old1@example.org", "old2@example.org"):
        audience.allow(address)
    audience.build()
    assert audience.sent("google_repeat_buyers") == [("c1", "new@example.org"), ("c1", "old0@example.org")]
    assert audience.left_out("google_repeat_buyers") == {}


def test_everyone_of_the_segment_is_sent_or_left_out_never_both(audience: Audience) -> None:
    for number in range(6):
        audience.add_buyer(f"c{number}", email=f"p{number}@example.org")
    audience.allow("p1@example.org")
    audience.allow("p3@example.org", "marketing")
    audience.warehouse.add_consent("p4@example.org", "marketing", "withdrawn", "2026-02-01")
    audience.build()
    assert audience.warehouse.rows(
        f"""
        select activation, count(*), count(distinct customer_id)
        from (
            select distinct activation, customer_id from activate.activation_row
            union all
            select activation, customer_id from activate.audience_exclusion
        ) where activation in {ALL} group by activation order by activation
        """
    ) == [(activation, 6, 6) for activation in ALL]
