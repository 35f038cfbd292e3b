"""Customer ids over the nights: minted once, carried over, merged, split, never reused."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.link import stable_ids
from cdp_pipeline.link.link_state import fingerprints
from cdp_pipeline.link.workspace import RECORD_ID
from cdp_pipeline_tests.unit.link.cluster_nights import ClusterNights
from cdp_pipeline_tests.unit.link.link_warehouse import FIRST_NIGHT, SourceRecord
from cdp_pipeline_tests.unit.link.shared_nights import Linked, delivery, linked_together

SECOND_NIGHT, THIRD_NIGHT, FOURTH_NIGHT = date(2026, 5, 5), date(2026, 5, 6), date(2026, 5, 7)


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[ClusterNights]:
    nights = ClusterNights(tmp_path)
    yield nights
    nights.engine.close()


def test_an_id_is_the_keyed_hash_of_its_anchor_and_night(clusters: ClusterNights) -> None:
    ids = clusters.run("a b")
    message = "\x1f".join(["crm", "contact", "a", "2026-05-04", "0"]).encode()
    digest = hmac.new(clusters.project.key, message, hashlib.sha256).hexdigest()
    assert ids == {"a": f"c_{digest[:20]}", "b": f"c_{digest[:20]}"}


def test_the_same_night_again_changes_nothing(clusters: ClusterNights) -> None:
    first = clusters.run("a b", "c")
    assert clusters.run("a b", "c") == first
    assert [event for event, *_ in clusters.events(FIRST_NIGHT)] == ["mint", "mint"]


def test_unchanged_members_keep_their_id_while_others_arrive(clusters: ClusterNights) -> None:
    before = clusters.run("b c", "d")
    after = clusters.run("a", "b c e", "d", on=SECOND_NIGHT)
    assert {name: after[name] for name in "bcd"} == before
    assert after["e"] == before["b"]
    assert clusters.events(SECOND_NIGHT) == [("mint", after["a"], None)]


def test_the_oldest_id_survives_a_merge_and_the_other_becomes_its_alias(clusters: ClusterNights) -> None:
    old = clusters.run("m")["m"]
    young = clusters.run("a", "m", on=SECOND_NIGHT)["a"]
    ids = clusters.run("a m", on=THIRD_NIGHT)
    assert ids == {"a": old, "m": old}
    assert clusters.aliases() == {young: old}
    assert clusters.events(THIRD_NIGHT) == [("merge", young, old)]


def test_a_chain_of_merges_resolves_in_one_hop(clusters: ClusterNights) -> None:
    first = clusters.run("c")["c"]
    second = clusters.run("b", "c", on=SECOND_NIGHT)["b"]
    third = clusters.run("a", "b", "c", on=THIRD_NIGHT)["a"]
    clusters.run("a b", "c", on=FOURTH_NIGHT)
    clusters.run("a b c", on=date(2026, 5, 8))
    assert clusters.aliases() == {third: first, second: first}


def test_a_split_leaves_the_id_with_the_anchor_not_with_the_larger_part(clusters: ClusterNights) -> None:
    before = clusters.run("a b c d")["a"]
    after = clusters.run("a", "b c d", on=SECOND_NIGHT)
    assert after["a"] == before
    assert after["b"] == after["c"] == after["d"] != before
    assert clusters.events(SECOND_NIGHT) == [("split", after["b"], before)]


def test_without_its_anchor_an_id_goes_with_most_of_its_records(clusters: ClusterNights) -> None:
    before = clusters.run("a b c d")["a"]
    after = clusters.run("b", "c d", on=SECOND_NIGHT)
    assert after["c"] == after["d"] == before
    assert after["b"] != before


def test_an_anchor_that_mints_twice_in_one_night_gets_different_ids(clusters: ClusterNights) -> None:
    first = clusters.run("a b")["a"]
    clusters.run("b")
    assert clusters.run("a", "b")["a"] != first
    assert [event for event, *_ in clusters.events(FIRST_NIGHT)] == ["mint", "split"]


def test_a_failure_leaves_every_table_of_ids_as_it_was(
    clusters: ClusterNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters.run("a b", "c")
    clusters.run("a", "b", "c", on=SECOND_NIGHT)
    before = clusters.state()
    monkeypatch.setattr(stable_ids, "note_run", fail)
    with pytest.raises(KeyboardInterrupt):
        clusters.run("a b c", on=THIRD_NIGHT)
    assert clusters.state() == before


def fail(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_undone_merge_restores_the_former_ids_and_mints_nothing(clusters: ClusterNights) -> None:
    before = clusters.run("a b", "c d")
    clusters.run("a b c d", on=SECOND_NIGHT)
    assert clusters.run("a b", "c d", on=THIRD_NIGHT) == before
    assert clusters.events(THIRD_NIGHT) == [("undo", before["c"], before["a"])]
    assert clusters.aliases() == {}


def test_merges_of_merges_are_undone_one_by_one(clusters: ClusterNights) -> None:
    before = clusters.run("a", "b", "c")
    clusters.run("a", "b c", on=SECOND_NIGHT)
    clusters.run("a b c", on=THIRD_NIGHT)
    parted = clusters.run("a", "b c", on=FOURTH_NIGHT)
    assert parted == {"a": before["a"], "b": before["b"], "c": before["b"]}
    assert clusters.aliases() == {before["c"]: before["b"]}
    assert clusters.run("a", "b", "c", on=date(2026, 5, 8)) == before


def test_an_id_that_lost_its_anchor_is_restored_beside_a_larger_one(clusters: ClusterNights) -> None:
    clusters.run("a b", "c d e")
    clusters.run("b", "c d e", on=SECOND_NIGHT)
    before = clusters.customers()
    clusters.run("b c d e", on=THIRD_NIGHT)
    assert clusters.run("b", "c d e", on=FOURTH_NIGHT) == before


def test_an_id_that_lives_by_merged_records_alone_is_not_handed_to_those_who_came_later(
    clusters: ClusterNights,
) -> None:
    clusters.run("a", "b", "c d e")
    clusters.run("a b", "c d e", on=SECOND_NIGHT)
    before = clusters.run("b", "c d e", on=THIRD_NIGHT)
    clusters.run("b c d e", on=FOURTH_NIGHT)
    assert clusters.run("b", "c d e", on=date(2026, 5, 8)) == before


def test_of_several_former_ids_the_one_that_lived_last_comes_back(clusters: ClusterNights) -> None:
    clusters.run("a", "z")
    clusters.run("z", on=SECOND_NIGHT)
    clusters.run("b", "z", on=THIRD_NIGHT)
    before = clusters.run("a b", "z", on=FOURTH_NIGHT)
    clusters.run("a b z", on=date(2026, 5, 8))
    assert clusters.run("a b", "z", on=date(2026, 5, 9)) == before


def test_a_part_without_the_anchor_of_a_merged_id_gets_a_new_one(clusters: ClusterNights) -> None:
    before = clusters.run("a", "b c")
    clusters.run("a b c", on=SECOND_NIGHT)
    after = clusters.run("a b", "c", on=THIRD_NIGHT)
    assert after["c"] not in before.values()
    assert clusters.events(THIRD_NIGHT) == [("split", after["c"], before["a"])]
    assert clusters.aliases() == {before["b"]: before["a"]}


def test_a_merged_id_follows_its_anchor_to_another_customer(clusters: ClusterNights) -> None:
    before = clusters.run("a", "b", "c")
    clusters.run("a b", "c", on=SECOND_NIGHT)
    clusters.run("a", "b c", on=THIRD_NIGHT)
    assert clusters.aliases() == {before["b"]: before["c"]}
    assert clusters.events(THIRD_NIGHT) == [("merge", before["b"], before["c"])]


def test_a_merged_id_whose_records_have_left_is_led_on_with_the_survivor(clusters: ClusterNights) -> None:
    before = clusters.run("a", "b", "c")
    clusters.run("a", "b c", on=SECOND_NIGHT)
    clusters.run("a", "b", on=THIRD_NIGHT)
    clusters.run("a b", on=FOURTH_NIGHT)
    assert clusters.aliases() == {before["b"]: before["a"], before["c"]: before["a"]}


def test_a_customer_whose_records_all_leave_is_retired_once(clusters: ClusterNights) -> None:
    before = clusters.run("a b", "c")
    clusters.run("c", on=SECOND_NIGHT)
    clusters.run("c", on=THIRD_NIGHT)
    assert clusters.events(SECOND_NIGHT) == [("retire", before["a"], None)]
    assert clusters.events(THIRD_NIGHT) == []
    assert clusters.aliases() == {}


def test_returning_records_get_their_former_id_back(clusters: ClusterNights) -> None:
    before = clusters.run("a b", "c")
    clusters.run("c", on=SECOND_NIGHT)
    assert clusters.run("a b", "c", on=THIRD_NIGHT) == before
    assert clusters.events(THIRD_NIGHT) == [("return", before["a"], None)]


def test_a_record_that_returns_to_somebody_else_leads_its_id_there_until_it_parts(
    clusters: ClusterNights,
) -> None:
    before = clusters.run("a", "b")
    clusters.run("b", on=SECOND_NIGHT)
    joined = clusters.run("a b", on=THIRD_NIGHT)
    assert joined == {"a": before["b"], "b": before["b"]}, "who was there all the time keeps the id"
    assert clusters.aliases() == {before["a"]: before["b"]}
    assert clusters.run("a", "b", on=FOURTH_NIGHT) == before


def test_an_id_stays_with_those_who_stayed_when_its_anchor_comes_back_alone(clusters: ClusterNights) -> None:
    before = clusters.run("a b")
    clusters.run("b", on=SECOND_NIGHT)
    after = clusters.run("a", "b", on=THIRD_NIGHT)
    assert after["b"] == before["b"]
    assert clusters.events(THIRD_NIGHT) == [("split", after["a"], before["a"])]


def test_the_last_member_of_an_id_returns_to_it_before_its_anchor(clusters: ClusterNights) -> None:
    before = clusters.run("a b", "c")
    clusters.run("b", "c", on=SECOND_NIGHT)
    clusters.run("c", on=THIRD_NIGHT)
    after = clusters.run("a", "b", "c", on=FOURTH_NIGHT)
    assert after["b"] == before["b"]
    assert after["a"] != before["a"]


@pytest.mark.parametrize("again", ["a b c", "d", "a b"], ids=["merged", "retired", "split"])
def test_a_rerun_of_any_night_mints_and_appends_nothing(clusters: ClusterNights, again: str) -> None:
    clusters.run("a b", "c", "d")
    clusters.run(again, "d e", on=SECOND_NIGHT)
    clusters.run("a b", "c", "d", on=THIRD_NIGHT)
    before = clusters.state()
    clusters.run("a b", "c", "d", on=THIRD_NIGHT)
    assert clusters.state() == before


def test_what_is_kept_grows_with_change_alone(clusters: ClusterNights) -> None:
    clusters.run("a b", "c", "d")
    for day in range(5, 25):
        clusters.run("a b c" if day % 2 else "a b", "c" if not day % 2 else "d", on=date(2026, 5, day))
    kept = clusters.engine.fetch_column(
        "select source_record_id from link.former_customer_record order by all"
    )
    assert kept == ["d"], "c has its id back; only d has left"


MUST_LINK = (1, "must_link", "a", "c")
NEVER_LINK = (2, "never_link", "a", "b")


def test_what_a_decision_joins_or_parts_is_caused_by_it_and_others_by_data(clusters: ClusterNights) -> None:
    clusters.run("a b", "c", "d", "e")
    clusters.run("a b c", "d e", on=SECOND_NIGHT, decisions=[MUST_LINK], data={"e": "new"})
    clusters.run("a b", "c", "d e", on=THIRD_NIGHT)
    clusters.run("a", "b", "c", "d e", on=FOURTH_NIGHT, decisions=[NEVER_LINK])
    assert sorted(clusters.causes(SECOND_NIGHT)) == [("merge", "decision"), ("merge", "new_data")]
    assert clusters.causes(THIRD_NIGHT) == [("undo", "decision")], "one that is taken back counts too"
    assert clusters.causes(FOURTH_NIGHT) == [("split", "decision")]


def test_a_standing_decision_causes_nothing(clusters: ClusterNights) -> None:
    clusters.run("a c", "b", decisions=[MUST_LINK])
    clusters.run("a b c", on=SECOND_NIGHT, decisions=[MUST_LINK], data={"b": "new"})
    assert clusters.causes(SECOND_NIGHT) == [("merge", "new_data")]


@pytest.mark.parametrize("file", ["linkage.yml", "model.json"])
def test_changed_rules_or_model_cause_what_no_changed_record_explains(
    clusters: ClusterNights, file: str
) -> None:
    clusters.run("a", "b", "c", "d")
    clusters.change_rules("of tonight", file)
    clusters.run("a b", "c d", "e", on=SECOND_NIGHT, data={"d": "corrected"})
    clusters.run("a", "b", "c d", "e", on=THIRD_NIGHT, data={"d": "corrected"})
    assert sorted(clusters.causes(SECOND_NIGHT)) == [
        ("merge", "changed_rules"),
        ("merge", "new_data"),
        ("mint", "new_data"),
    ]
    assert clusters.causes(THIRD_NIGHT) == [("undo", "new_data")], "the rules are those of last night"


def test_what_records_look_like_is_taken_from_linkage_where_it_noted_it(clusters: ClusterNights) -> None:
    clusters.run("a", "b", "c")
    clusters.engine.create_schemas(["link_state"])
    clusters.engine.execute(f"create view link_state.record as {fingerprints(f'{RECORD_ID} as record_id')}")
    clusters.run("b", "c", "d", on=SECOND_NIGHT, data={"c": "corrected"})
    clusters.change_rules("of tonight")
    clusters.run("b", "c d", on=THIRD_NIGHT, data={"c": "corrected"})
    assert clusters.causes(THIRD_NIGHT) == [("merge", "changed_rules")], "c and d are as last night"
    known = clusters.engine.fetch_column("select source_record_id from link.record_fingerprint order by all")
    assert known == ["b", "c", "d"]


def test_rules_of_households_are_no_cause(clusters: ClusterNights) -> None:
    clusters.run("a", "b")
    clusters.change_rules("of tonight", "household.yml")
    clusters.run("a b", on=SECOND_NIGHT)
    assert clusters.causes(SECOND_NIGHT) == [("merge", "new_data")]


def test_each_night_is_noted_once(clusters: ClusterNights) -> None:
    clusters.run("a")
    clusters.run("a", decisions=[MUST_LINK])
    clusters.run("a", on=SECOND_NIGHT)
    rows = clusters.engine.fetch_all("from link.linkage_run order by business_date")
    assert [row[0] for row in rows] == [FIRST_NIGHT, SECOND_NIGHT]
    assert rows[0][1:3] == rows[1][1:3]
    assert rows[0][3] != rows[1][3]


KLEIN = SourceRecord("a", "Eva", "Klein", email="eva@example.org")
LANG = SourceRecord("b", "Eva", "Lang", email="lang@example.org", source="shop")
LANG_IN_KLEINS_MAILBOX = dataclasses.replace(LANG, email="eva@example.org")


@linked_together(
    nights=[delivery(KLEIN, LANG), delivery(KLEIN, LANG_IN_KLEINS_MAILBOX), delivery(KLEIN, LANG)]
)
def test_a_corrected_value_gives_both_people_the_ids_back_that_they_had(linked: Linked) -> None:
    before, joined, after = ([night.id_of("a"), night.id_of("b")] for night in linked.nights)
    assert before[0] != before[1]
    assert joined == [before[0], before[0]]
    assert after == before


HORN = SourceRecord("a", "Ida", "Horn", email="ida@example.org")
WALD = SourceRecord("b", "Ida", "Wald", email="wald@example.org", source="shop")
WALD_IN_HORNS_MAILBOX = dataclasses.replace(WALD, email="ida@example.org")


@linked_together(nights=[delivery(HORN, WALD_IN_HORNS_MAILBOX), delivery(HORN, WALD)])
def test_a_corrected_value_splits_what_it_had_joined(linked: Linked) -> None:
    joined = linked.nights[0].id_of("a")
    assert linked.nights[0].id_of("b") == joined
    assert linked.id_of("a") == joined
    assert linked.id_of("b") != joined
