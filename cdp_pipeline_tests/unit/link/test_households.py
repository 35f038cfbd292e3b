"""Who lives together, by the rules of household.yml, and who does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.household import Households
from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.errors import ConfigError
from cdp_pipeline_tests.unit.link.household_nights import Neighbourhood, Told
from cdp_pipeline_tests.unit.link.link_warehouse import groups

RING, WEG = "Ringstraße 1", "Gartenweg 7"


@pytest.fixture(scope="module")
def opened() -> Iterator[Neighbourhood]:
    neighbourhood = Neighbourhood()
    yield neighbourhood
    neighbourhood.engine.close()


@pytest.fixture
def town(opened: Neighbourhood) -> Neighbourhood:
    """Return a town in which nobody has lived before."""
    for table in ("household", "issued_household_id"):
        opened.engine.execute(f"drop table if exists link.{table}")
    return opened


def test_a_family_lives_together_and_the_neighbours_do_not(town: Neighbourhood) -> None:
    assert town.live(
        Told("anna", "Huber", RING),
        Told("bernd", "Huber", "Ringstr. 1"),
        Told("carla", "Lang", RING),
        Told("dora", "Huber", WEG),
    ) == groups("anna bernd", "carla", "dora")
    assert town.reasons()["anna"] == ("same_address_and_family_name", None)
    assert town.reasons()["carla"] == (None, None)


def test_twins_are_two_customers_of_one_household(town: Neighbourhood) -> None:
    assert town.live(Told("lena", "Huber", RING), Told("lisa", "Huber", RING)) == groups("lena lisa")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Schmidt", "Schmidt-Braun"),
        ("Müller", "Mueller"),
        ("García López", "López Ruiz"),
        ("Kowalski", "Kowalska"),
        ("Novák", "Nováková"),
        ("Petrov", "Petrova"),
        ("Lindemann", "Liendemann"),
        ("von der Lohe", "Lohe"),
    ],
)
def test_one_family_name_in_its_forms(town: Neighbourhood, one: str, other: str) -> None:
    assert town.live(Told("a", one, RING), Told("b", other, RING)) == groups("a b")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("von der Heide", "von der Au"),
        ("Lang", "Land"),
        ("Brandner", "Brandauer"),
        ("Schmidt", "Schneider"),
        ("De Luca", "De Santis"),
    ],
)
def test_two_family_names_that_look_alike(town: Neighbourhood, one: str, other: str) -> None:
    assert town.live(Told("a", one, RING), Told("b", other, RING)) == groups("a", "b")


def test_a_couple_with_two_names_is_known_by_its_phone_or_mailbox(town: Neighbourhood) -> None:
    assert town.live(
        Told("anna", "Huber", RING, mobile="+491713920012"),
        Told("bernd", "Lang", RING, mobile="+491713920012"),
        Told("carla", "Braun", WEG, email="wir@example.org"),
        Told("dirk", "Kaya", WEG, email="wir@example.org"),
    ) == groups("anna bernd", "carla dirk")
    assert town.reasons()["bernd"] == ("same_address_and_phone", None)
    assert town.reasons()["dirk"] == ("same_address_and_email", None)


def test_strangers_who_share_a_flat_have_a_household_each(town: Neighbourhood) -> None:
    assert town.live(
        Told("anna", "Huber", RING, email="anna@example.org"),
        Told("bernd", "Lang", RING, email="bernd@example.org"),
        Told("carla", "Kaya", RING),
    ) == groups("anna", "bernd", "carla")


OFFICE = ["Braun", "Engel", "Fuchs", "Graf", "Hahn", "Igel", "Jung", "Koch", "Lang"]


def test_in_an_office_the_switchboard_joins_nobody_but_a_family_name_does(town: Neighbourhood) -> None:
    desk = [Told(name.lower(), name, RING) for name in OFFICE]
    phone = "+49303920012"
    assert town.live(
        *desk,
        Told("anna", "Huber", RING, landline=phone),
        Told("bernd", "Huber", RING, landline=phone),
        Told("carla", "Weber", RING, landline=phone),
    ) == groups("anna bernd", "carla", *(name.lower() for name in OFFICE))


def test_at_a_parcel_station_not_even_the_name_joins(town: Neighbourhood) -> None:
    letters = "bcdfghklmnprstvz"
    names = [f"{a}a{b}ing".title() for a in letters for b in letters][:60]
    crowd = [Told(name.lower(), name, RING) for name in names]
    assert {"anna"} in town.live(*crowd, Told("anna", "Huber", RING), Told("bernd", "Huber", RING))
    assert {"anna", "bernd"} in town.live(
        *crowd[1:], Told("anna", "Huber", RING), Told("bernd", "Huber", RING)
    )


def test_a_child_who_moved_lives_with_the_partner_and_chains_no_families(town: Neighbourhood) -> None:
    parents_phone = "+49303920012"
    assert town.live(
        Told("anna", "Huber", RING, landline=parents_phone),
        Told("bernd", "Huber", RING),
        Told("child", "Huber", RING, landline=parents_phone, told="2019-05-01"),
        Told("child", "Huber", WEG, postcode="80331", city="München", told="2025-05-01"),
        Told("partner", "Huber", WEG, postcode="80331", city="München"),
    ) == groups("anna bernd", "child partner")


def test_a_family_that_moved_is_not_chained_to_who_lives_there_now(town: Neighbourhood) -> None:
    assert town.live(
        Told("anna", "Huber", RING, told="2019-05-01"),
        Told("anna", "Huber", RING, told="2020-05-01"),
        Told("anna", "Huber", WEG, told="2025-05-01"),
        Told("bernd", "Huber", WEG),
        Told("tenant", "Huber", RING),
    ) == groups("anna bernd", "tenant")


def test_a_mistyped_postcode_or_street_does_not_part_a_family(town: Neighbourhood) -> None:
    phone = "+49303920012"
    assert town.live(
        Told("anna", "Huber", RING, landline=phone),
        Told("bernd", "Huber", RING, postcode="10119"),
        Told("carla", "Huber", "Rnigstraße 1", landline=phone),
        Told("dora", "Huber", "Rnigstraße 1", postcode="99999", city="Erfurt", landline=phone),
    ) == groups("anna bernd carla", "dora")
    assert town.reasons()["bernd"][0] == "same_street_and_family_name"
    assert town.reasons()["carla"][0] == "same_landline_and_family_name"


def test_who_gave_no_address_joins_the_one_household_that_the_mailbox_leads_to(town: Neighbourhood) -> None:
    assert town.live(
        Told("anna", "Huber", RING, email="familie@example.org"),
        Told("bernd", "Huber", RING),
        Told("sign_up", email="familie@example.org"),
        Told("carla", "Huber", landline="+49303920012"),
        Told("dora", "Huber", landline="+49303920012"),
        Told("emil", "Huber", mobile="+491713920012"),
        Told("frida", "Huber", mobile="+491713920012"),
    ) == groups("anna bernd sign_up", "carla dora", "emil", "frida")
    assert town.reasons()["sign_up"] == ("same_email_without_address", None)


def test_a_mailbox_of_two_households_joins_neither_and_says_so(town: Neighbourhood) -> None:
    assert town.live(
        Told("anna", "Huber", RING, email="familie@example.org"),
        Told("child", "Huber", WEG, email="familie@example.org"),
        Told("sign_up", email="familie@example.org"),
    ) == groups("anna", "child", "sign_up")
    assert town.reasons() == {
        "anna": (None, None),
        "child": (None, None),
        "sign_up": (None, "several_households"),
    }


def test_a_contact_counts_as_a_key_once_another_customer_has_it(town: Neighbourhood) -> None:
    town.live(
        Told("anna", email="familie@example.org", landline="+49303920012"),
        Told("anna", email="familie@example.org"),
        Told("bernd", email="bernd@example.org", landline="+49303920012"),
    )
    keys = town.engine.fetch_all(
        "select customer_id, key_kind, customer_count from link.household_key order by all"
    )
    assert keys == [
        ("anna", "landline", 2), ("anna", "phone", 2), ("bernd", "landline", 2), ("bernd", "phone", 2)
    ]  # fmt: skip


@pytest.mark.parametrize("readers", [8, 9])
def test_a_mailbox_that_too_many_read_joins_nobody(town: Neighbourhood, readers: int) -> None:
    found = town.live(*(Told(f"r{n}", email="info@example.org") for n in range(readers)))
    assert len(found) == (1 if readers == 8 else 9)


@pytest.mark.parametrize("members", [12, 13])
def test_a_household_above_the_limit_is_dissolved_with_the_reason(town: Neighbourhood, members: int) -> None:
    found = town.live(*(Told(f"h{n}", "Huber", RING) for n in range(members)), Told("lang", "Lang", RING))
    assert len(found) == (2 if members == 12 else 14)
    expected = ("same_address_and_family_name", None) if members == 12 else (None, "household_size")
    assert town.reasons()["h0"] == expected
    assert town.reasons()["lang"] == (None, None)


def test_two_spellings_of_ones_own_name_are_no_company(town: Neighbourhood) -> None:
    assert town.live(Told("anna", "Lindemann", RING), Told("anna", "Lindeman", RING)) == groups("anna")
    assert town.reasons()["anna"] == (None, None)


@pytest.fixture
def document() -> dict[str, Any]:
    shipped = SHIPPED_CONFIG / "linkage" / "household.yml"
    loaded: dict[str, Any] = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize(
    ("section", "keys", "fault"),
    [
        ("rules", ["address"], "names a place alone"),
        ("rules", ["phone", "family_name"], "names no place"),
        ("without_address", ["address", "phone"], "belongs under rules"),
        ("rules", ["e_mail"], "'email', 'phone'"),
    ],
)
def test_a_rule_that_would_join_neighbours_or_chain_places_is_refused(
    document: dict[str, Any], section: str, keys: list[str], fault: str
) -> None:
    document[section][0]["keys"] = keys
    with pytest.raises(ConfigError, match=fault):
        parse_contract(document, Households, origin="household.yml")


def test_a_name_used_twice_is_refused(document: dict[str, Any]) -> None:
    document["without_address"][0]["name"] = document["rules"][0]["name"]
    with pytest.raises(ConfigError, match="used twice"):
        parse_contract(document, Households, origin="household.yml")


def test_limits_in_the_wrong_order_are_refused(document: dict[str, Any]) -> None:
    document["block_of_flats"]["max_family_names"] = 61
    with pytest.raises(ConfigError, match="block_of_flats lies above public_address"):
        parse_contract(document, Households, origin="household.yml")
