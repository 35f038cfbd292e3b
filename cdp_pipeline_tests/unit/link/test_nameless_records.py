"""Records that do not tell who they are join one person or nobody, and never bring two people together."""

from __future__ import annotations

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, groups
from cdp_pipeline_tests.unit.link.shared_nights import Linked, linked_together


@linked_together(
    SourceRecord("a", "Eva", "Klein", email="eva@example.org"),
    SourceRecord("news", email="eva@example.org", source="email"),
)
def test_a_sign_up_joins_the_one_person_who_uses_the_mailbox(linked: Linked) -> None:
    assert linked.people == groups("a news")


@linked_together(
    SourceRecord("a", "Eva", "Berger", email="x@example.org"),
    SourceRecord("b", "Otto", "Berger", email="x@example.org"),
    SourceRecord("news", email="x@example.org", source="email"),
)
def test_a_sign_up_joins_nobody_when_two_people_use_the_mailbox(linked: Linked) -> None:
    assert linked.people == groups("a", "b", "news")


@linked_together(
    SourceRecord("a", "Eva", "Drews", email="familie.drews@example.org"),
    SourceRecord("news", email="familie.drews@example.org", source="email"),
)
def test_a_sign_up_joins_nobody_by_a_family_mailbox(linked: Linked) -> None:
    assert linked.people == groups("a", "news")


@linked_together(
    SourceRecord("n1", email="who@example.org", source="email"),
    SourceRecord("n2", email="who@example.org", source="shop"),
    SourceRecord("n3", email="else@example.org", source="shop"),
)
def test_sign_ups_of_one_unknown_mailbox_are_one_profile(linked: Linked) -> None:
    assert linked.people == groups("n1 n2", "n3")


@linked_together(
    SourceRecord("a", "Eva", "Frank", email="eva@example.org"),
    SourceRecord("news", None, "Groth", email="eva@example.org", source="email"),
)
def test_a_family_name_that_differs_keeps_a_sign_up_apart(linked: Linked) -> None:
    assert linked.people == groups("a", "news")


@linked_together(
    SourceRecord("a", "Eva", "Hilpert", loyalty="LC-1"),
    SourceRecord("till", loyalty="LC-1", source="till"),
)
def test_a_card_number_without_a_name_joins_its_holder(linked: Linked) -> None:
    assert linked.people == groups("a till")


@linked_together(
    SourceRecord("a", "Eva", "Ibach", email="eva@example.org"),
    SourceRecord("b", "Otto", "Junker", loyalty="LC-1"),
    SourceRecord("x", email="eva@example.org", loyalty="LC-1", source="till"),
)
def test_a_nameless_record_with_two_values_does_not_bridge_two_people(linked: Linked) -> None:
    assert linked.people == groups("a", "b x")  # the card says more than the mailbox
