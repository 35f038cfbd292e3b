"""Records that do not tell who they are join one person or nobody, and never bring two people together."""

from __future__ import annotations

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups


def test_a_sign_up_joins_the_one_person_who_uses_the_mailbox(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("a", "Eva", "Klein", email="eva@example.org"),
        SourceRecord("news", email="eva@example.org", source="email"),
    ) == groups("a news")


def test_a_sign_up_joins_nobody_when_two_people_use_the_mailbox(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("a", "Eva", "Klein", email="x@example.org"),
        SourceRecord("b", "Otto", "Klein", email="x@example.org"),
        SourceRecord("news", email="x@example.org", source="email"),
    ) == groups("a", "b", "news")


def test_a_sign_up_joins_nobody_by_a_family_mailbox(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("a", "Eva", "Klein", email="familie.klein@example.org"),
        SourceRecord("news", email="familie.klein@example.org", source="email"),
    ) == groups("a", "news")


def test_sign_ups_of_one_unknown_mailbox_are_one_profile(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("n1", email="who@example.org", source="email"),
        SourceRecord("n2", email="who@example.org", source="shop"),
        SourceRecord("n3", email="else@example.org", source="shop"),
    ) == groups("n1 n2", "n3")


def test_a_family_name_that_differs_keeps_a_sign_up_apart(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("a", "Eva", "Klein", email="eva@example.org"),
        SourceRecord("news", None, "Lang", email="eva@example.org", source="email"),
    ) == groups("a", "news")


def test_a_card_number_without_a_name_joins_its_holder(warehouse: Warehouse) -> None:
    assert warehouse.link(
        SourceRecord("a", "Eva", "Klein", loyalty="LC-1"),
        SourceRecord("till", loyalty="LC-1", source="till"),
    ) == groups("a till")


def test_a_nameless_record_with_two_values_does_not_bridge_two_people(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Eva", "Klein", email="eva@example.org"),
        SourceRecord("b", "Otto", "Lang", loyalty="LC-1"),
        SourceRecord("x", email="eva@example.org", loyalty="LC-1", source="till"),
    )
    assert people == groups("a", "b x")  # the card says more than the mailbox
