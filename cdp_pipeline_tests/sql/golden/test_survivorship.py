"""Which values stand in the golden profile, and what is kept about those that do not."""

from __future__ import annotations

from cdp_pipeline_tests.warehouse import Warehouse

MARRIAGE = (
    ("crm/contact/1", {"given_name": "Anna", "family_name": "Huber", "updated_at": "2024-03-01"}),
    ("shop/order/#7", {"given_name": "Anna", "family_name": "Lang", "updated_at": "2026-02-01"}),
)


def build_profile(*records: tuple[str, dict[str, object]]) -> Warehouse:
    warehouse = Warehouse()
    for record, values in records:
        warehouse.add_record("c1", record, **values)
    warehouse.build("golden")
    return warehouse


def test_name_after_marriage_survives() -> None:
    warehouse = build_profile(*MARRIAGE)
    assert warehouse.rows("select given_name, family_name from golden.golden_profile") == [("Anna", "Lang")]


def test_lost_value_is_kept_with_record_and_deciding_rule() -> None:
    warehouse = build_profile(*MARRIAGE)
    assert warehouse.rows(
        "select value, is_survivor, decided_by, source_record_id from golden.profile_value "
        "where column_name = 'family_name' order by position"
    ) == [("Lang", True, "most_recent", "#7"), ("Huber", False, "most_recent", "1")]


def test_newer_lone_first_name_does_not_tear_the_full_name_apart() -> None:
    warehouse = build_profile(
        ("crm/contact/1", {"given_name": "Josef", "family_name": "Maier", "updated_at": "2020-01-01"}),
        ("email/subscriber/9", {"given_name": "Sepp", "updated_at": "2026-04-01"}),
    )
    assert warehouse.rows("select given_name, family_name from golden.golden_profile") == [("Josef", "Maier")]
    assert warehouse.rows("select decided_by from golden.profile_value where value = 'Sepp'") == [
        ("most_complete",)
    ]


def test_newer_initial_does_not_replace_the_name_that_it_stands_for() -> None:
    warehouse = build_profile(
        ("till/member/M1", {"given_name": "Sarah", "family_name": "Hofmann", "updated_at": "2025-01-24"}),
        ("till/till_customer/T1", {"given_name": "S.", "family_name": "Hofmann", "updated_at": "2026-03-24"}),
    )
    assert warehouse.rows("select given_name from golden.golden_profile") == [("Sarah",)]


def test_address_survives_as_a_whole() -> None:
    old = {"street": "Ring 1", "postcode": "80331", "city": "München", "region": "Bayern", "country": "DE"}
    new = {"street": "Weg 2", "postcode": "5020", "city": "Salzburg", "country": "AT"}
    warehouse = build_profile(
        ("crm/contact/1", {**old, "updated_at": "2020-01-01"}),
        ("shop/order/#1", {**new, "updated_at": "2026-01-01"}),
    )
    assert warehouse.rows("select street, postcode, city, region, country from golden.golden_profile") == [
        ("Weg 2", "5020", "Salzburg", None, "AT")
    ]


def test_birth_date_of_most_records_outweighs_a_newer_typo() -> None:
    warehouse = build_profile(
        ("crm/contact/1", {"birth_date": "1980-05-04", "updated_at": "2020-01-01"}),
        ("till/member/M1", {"birth_date": "1980-05-04", "updated_at": "2021-01-01"}),
        ("till/member/M2", {"birth_date": "1980-04-05", "updated_at": "2026-01-01"}),
    )
    assert warehouse.rows("select cast(birth_date as varchar) from golden.golden_profile") == [
        ("1980-05-04",)
    ]


def test_working_address_survives_a_newer_one_that_bounced() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", email="works@example.org", updated_at="2020-01-01")
    warehouse.add_record("c1", "shop/order/#1", email="dead@example.org", updated_at="2026-01-01")
    warehouse.add_email_event("dead@example.org", "bounced_hard", "2026-02-01")
    warehouse.build("golden")
    assert warehouse.rows("select email from golden.golden_profile") == [("works@example.org",)]
    assert warehouse.rows("select decided_by from golden.profile_value where value = 'dead@example.org'") == [
        ("reachable_first",)
    ]


def test_invalid_contact_point_is_no_candidate() -> None:
    warehouse = build_profile(("crm/contact/1", {"invalid_email": "nobody@"}))
    assert warehouse.rows("select email from golden.golden_profile") == [(None,)]
    assert warehouse.rows("select * from golden.profile_value") == []


def test_customer_without_any_value_has_a_profile() -> None:
    warehouse = build_profile(("till/till_customer/T1", {}))
    assert warehouse.rows(
        "select customer_id, given_name, record_count, source_count from golden.golden_profile"
    ) == [("c1", None, 1, 1)]


def test_full_tie_is_broken_by_the_record_key_whatever_the_order_of_delivery() -> None:
    twins = [
        (f"shop/order/#{n}", {"given_name": name, "family_name": "X"})
        for n, name in enumerate(["Cy", "Al", "Bo"])
    ]
    forward, backward = build_profile(*twins), build_profile(*reversed(twins))
    query = "select * from golden.profile_value order by column_name, position"
    assert forward.rows(query) == backward.rows(query)
    assert forward.rows("select given_name from golden.golden_profile") == [("Cy",)]
    assert forward.rows("select decided_by from golden.profile_value where value = 'Al'") == [("record_key",)]


def test_value_without_rival_says_so_and_equal_values_are_no_rivals() -> None:
    warehouse = build_profile(
        ("crm/contact/1", {"gender": "female"}),
        ("till/member/M1", {"gender": "female"}),
    )
    assert warehouse.rows(
        "select decided_by, is_survivor from golden.profile_value "
        "where column_name = 'gender' order by position"
    ) == [("only_value", True), ("same_value", False)]


def test_record_without_time_loses_to_one_with_time() -> None:
    warehouse = build_profile(
        ("crm/contact/1", {"given_name": "A", "family_name": "Undated", "updated_at": None}),
        ("till/member/M1", {"given_name": "A", "family_name": "Dated", "updated_at": "2001-01-01"}),
    )
    assert warehouse.rows("select family_name from golden.golden_profile") == [("Dated",)]


def test_profile_names_the_household() -> None:
    warehouse = Warehouse()
    warehouse.add_record("c1", "crm/contact/1", given_name="Anna")
    warehouse.given("link.household", {"customer_id": "c1", "household_id": "h1"})
    warehouse.build("golden_profile")
    assert warehouse.rows("select customer_id, household_id from golden.golden_profile") == [("c1", "h1")]
