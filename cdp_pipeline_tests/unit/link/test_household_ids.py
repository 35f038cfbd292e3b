"""Household ids over the nights: minted once, carried over by who lives there, never given to others."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest

from cdp_pipeline_tests.unit.link.household_nights import KEY, HouseholdNights
from cdp_pipeline_tests.warehouse import BUSINESS_DATE as FIRST_NIGHT

SECOND_NIGHT, THIRD_NIGHT, FOURTH_NIGHT = (FIRST_NIGHT + timedelta(days=n) for n in (1, 2, 3))


@pytest.fixture
def nights() -> Iterator[HouseholdNights]:
    nights = HouseholdNights()
    yield nights
    nights.engine.close()


def test_an_id_is_the_keyed_hash_of_its_anchor_and_night(nights: HouseholdNights) -> None:
    message = "\x1f".join(["household", "a", "2026-05-04", "0"]).encode()
    expected = f"h_{hmac.new(KEY, message, hashlib.sha256).hexdigest()[:20]}"
    assert nights.run("a b") == {"a": expected, "b": expected}


def test_the_same_night_again_changes_nothing(nights: HouseholdNights) -> None:
    nights.run("a b", "c", "d e")
    nights.run("a b c", "d", "e", on=SECOND_NIGHT)
    state = nights.state()
    nights.run("a b c", "d", "e", on=SECOND_NIGHT)
    assert nights.state() == state


def test_who_did_not_move_keeps_the_id_while_others_come_and_go(nights: HouseholdNights) -> None:
    before = nights.run("b c", "d")
    after = nights.run("a", "b c e", on=SECOND_NIGHT)
    assert after["b"] == after["c"] == after["e"] == before["b"]
    assert after["a"] not in before.values()


def test_the_oldest_id_survives_and_the_others_lead_to_it_in_one_hop(nights: HouseholdNights) -> None:
    first = nights.run("c")["c"]
    second = nights.run("b", "c", on=SECOND_NIGHT)["b"]
    third = nights.run("a", "b", "c", on=THIRD_NIGHT)["a"]
    nights.run("a b", "c", on=FOURTH_NIGHT)
    nights.run("a b c", on=FOURTH_NIGHT + timedelta(days=1))
    assert nights.leads_to() == dict.fromkeys((first, second, third), first)


def test_the_id_stays_with_the_family_when_a_child_moves_out(nights: HouseholdNights) -> None:
    before = nights.run("a_child b c")
    after = nights.run("a_child partner", "b c", on=SECOND_NIGHT)
    assert after["b"] == after["c"] == before["b"]
    assert after["a_child"] == after["partner"] != before["b"]


def test_when_a_couple_parts_the_id_stays_with_its_anchor(nights: HouseholdNights) -> None:
    before = nights.run("b c")
    nights.run("a b c d", on=SECOND_NIGHT)
    after = nights.run("a c", "b d", on=THIRD_NIGHT)
    assert after["b"] == before["b"] != after["a"]


def test_an_undone_merge_gives_both_households_back_what_they_had(nights: HouseholdNights) -> None:
    before = nights.run("a", "c d e")
    assert set(nights.run("a c d e", on=SECOND_NIGHT).values()) == {before["a"]}
    assert nights.run("a", "c d e", on=THIRD_NIGHT) == before, "the larger half took the other's id"
    assert nights.leads_to() == {id_: id_ for id_ in before.values()}


def test_one_who_leaves_a_merged_household_takes_no_old_id_along(nights: HouseholdNights) -> None:
    before = nights.run("a b", "c d e")
    nights.run("a b c d e", on=SECOND_NIGHT)
    after = nights.run("a b c d", "e", on=THIRD_NIGHT)
    assert after["c"] == before["a"]
    assert after["e"] not in before.values()
    assert nights.leads_to()[before["c"]] == before["a"]


def test_an_id_whose_customers_left_is_given_to_nobody_else_and_back_to_them(nights: HouseholdNights) -> None:
    before = nights.run("a b", "c")
    after = nights.run("c d", "e", on=SECOND_NIGHT)
    assert before["a"] not in after.values()
    assert nights.run("a b", "c d", "e", on=THIRD_NIGHT) == {**after, "a": before["a"], "b": before["a"]}


def test_a_merged_customer_is_followed(nights: HouseholdNights) -> None:
    before = nights.run("a b", "c")
    nights.run("b", "c", on=SECOND_NIGHT)
    after = nights.run("z", "c", on=THIRD_NIGHT, merged={"b": "z"})
    assert after == {"z": before["b"], "c": before["c"]}


def test_customers_who_become_one_bring_their_households_together(nights: HouseholdNights) -> None:
    before = nights.run("a b", "c d")
    after = nights.run("a b d", on=SECOND_NIGHT, merged={"c": "a"})
    assert set(after.values()) == {before["a"]}
    assert nights.leads_to() == {before["a"]: before["a"], before["c"]: before["a"]}


def test_an_id_minted_again_within_one_night_is_another(nights: HouseholdNights) -> None:
    first = nights.run("a b c")
    corrected = nights.run("a", "b c")
    assert corrected["b"] == first["b"] != corrected["a"], "one customer anchors both"


def test_thirty_nights_of_moving_keep_every_promise(nights: HouseholdNights) -> None:
    rng = np.random.default_rng(5)
    people = np.array([f"p{n:02}" for n in range(60)])
    place = rng.integers(0, 25, len(people))
    before: dict[str, str] = {}
    issued: set[str] = set()
    for number in range(30):
        moves = rng.random(len(people)) < 0.06
        place = np.where(moves, rng.integers(0, 25, len(people)), place)
        here = rng.random(len(people)) < 0.97
        groups = [" ".join(people[here & (place == p)]) for p in range(25)]
        on: date = FIRST_NIGHT + timedelta(days=number)
        after = nights.run(*filter(None, groups), on=on)
        leads_to = nights.leads_to()
        for group in filter(None, groups):
            members = set(group.split())
            assert len({after[name] for name in members}) == 1
            stayed = {before.get(name) for name in members}
            if (
                stayed != {None}
                and len(stayed) == 1
                and members == {n for n, i in before.items() if {i} == stayed}
            ):
                assert {after[name] for name in members} == stayed, "unchanged, and another id"
        assert len({*after.values()}) == len([*filter(None, groups)]), "two households of one id"
        assert issued | {*after.values()} == {*leads_to}, "an id is forgotten"
        assert {leads_to[target] for target in leads_to.values()} == {*leads_to.values()}, "more than one hop"
        assert all(leads_to[id_] == id_ for id_ in after.values())
        before, issued = after, {*leads_to}
