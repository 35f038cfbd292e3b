"""Customer ids over the nights: minted once, carried over, merged, split, never reused."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from datetime import date

import pytest

from cdp_pipeline.link.stable_ids import build_customer_source_record, hmac_pads
from cdp_pipeline_tests.unit.link.link_warehouse import FIRST_NIGHT, SourceRecord, Warehouse

SECOND_NIGHT, THIRD_NIGHT = date(2026, 5, 5), date(2026, 5, 6)


class Clusters:
    """Sets the clusters directly, and runs only the ids."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.engine = warehouse.engine

    def run(self, *clusters: str, on: date = FIRST_NIGHT) -> dict[str, str]:
        rows = [(name, n) for n, members in enumerate(clusters) for name in members.split()]
        values = ", ".join(f"('{name}', {n})" for name, n in rows)
        self.engine.replace_table(
            "link.cluster",
            "select 'crm' as source_system, 'contact' as record_kind, name as source_record_id, "
            f"cast(cluster as bigint) as cluster_id from (values {values}) as v (name, cluster)",
        )
        with self.engine.transaction():
            build_customer_source_record(self.warehouse.night(on))
        return dict(
            self.engine.fetch_all("select source_record_id, customer_id from link.customer_source_record")
        )

    def events(self, on: date) -> list[tuple[str, str, str | None]]:
        return self.engine.fetch_all(
            "select event, customer_id, other_customer_id from link.customer_id_event "
            "where business_date = ? order by event_number",
            [on],
        )

    def aliases(self) -> dict[str, str]:
        return dict(self.engine.fetch_all("select old_customer_id, customer_id from link.customer_id_alias"))


@pytest.fixture
def clusters(warehouse: Warehouse) -> Clusters:
    return Clusters(warehouse)


def test_an_id_is_the_keyed_hash_of_its_anchor_and_night(clusters: Clusters) -> None:
    ids = clusters.run("a b")
    message = "\x1f".join(["crm", "contact", "a", "2026-05-04", "0"]).encode()
    digest = hmac.new(clusters.warehouse.project.key, message, hashlib.sha256).hexdigest()
    assert ids == {"a": f"c_{digest[:20]}", "b": f"c_{digest[:20]}"}


@pytest.mark.parametrize("key", [b"short key of 23 bytes..", b"k" * 64, b"a key longer than one block" * 5])
def test_pads_give_the_hmac_of_the_standard_library(key: bytes) -> None:
    inner, outer = hmac_pads(key)
    by_hand = hashlib.sha256(outer + hashlib.sha256(inner + b"text").digest()).hexdigest()
    assert by_hand == hmac.new(key, b"text", hashlib.sha256).hexdigest()


def test_the_same_night_again_changes_nothing(clusters: Clusters) -> None:
    first = clusters.run("a b", "c")
    assert clusters.run("a b", "c") == first
    assert [event for event, *_ in clusters.events(FIRST_NIGHT)] == ["mint", "mint"]


def test_unchanged_members_keep_their_id_while_others_arrive(clusters: Clusters) -> None:
    before = clusters.run("b c", "d")
    after = clusters.run("a", "b c e", "d", on=SECOND_NIGHT)
    assert {name: after[name] for name in "bcd"} == before
    assert after["e"] == before["b"]
    assert clusters.events(SECOND_NIGHT) == [("mint", after["a"], None)]


def test_the_oldest_id_survives_a_merge_and_the_other_becomes_its_alias(clusters: Clusters) -> None:
    old = clusters.run("m")["m"]
    young = clusters.run("a", "m", on=SECOND_NIGHT)["a"]
    ids = clusters.run("a m", on=THIRD_NIGHT)
    assert ids == {"a": old, "m": old}
    assert clusters.aliases() == {young: old}
    assert clusters.events(THIRD_NIGHT) == [("merge", young, old)]


def test_a_chain_of_merges_resolves_in_one_hop(clusters: Clusters) -> None:
    first = clusters.run("c")["c"]
    second = clusters.run("b", "c", on=SECOND_NIGHT)["b"]
    third = clusters.run("a", "b", "c", on=THIRD_NIGHT)["a"]
    clusters.run("a b", "c", on=date(2026, 5, 7))
    clusters.run("a b c", on=date(2026, 5, 8))
    assert clusters.aliases() == {third: first, second: first}


def test_a_split_leaves_the_id_with_the_anchor_not_with_the_larger_part(clusters: Clusters) -> None:
    before = clusters.run("a b c d")["a"]
    after = clusters.run("a", "b c d", on=SECOND_NIGHT)
    assert after["a"] == before
    assert after["b"] == after["c"] == after["d"] != before
    assert clusters.events(SECOND_NIGHT) == [("split", after["b"], before)]


def test_without_its_anchor_an_id_goes_with_most_of_its_records(clusters: Clusters) -> None:
    before = clusters.run("a b c d")["a"]
    after = clusters.run("b", "c d", on=SECOND_NIGHT)
    assert after["c"] == after["d"] == before
    assert after["b"] != before


def test_an_id_is_not_given_out_again_when_its_record_returns(clusters: Clusters) -> None:
    before = clusters.run("a", "b")
    clusters.run("b", on=SECOND_NIGHT)
    assert clusters.run("a", "b", on=THIRD_NIGHT)["a"] not in before.values()


def test_an_anchor_that_mints_twice_in_one_night_gets_different_ids(clusters: Clusters) -> None:
    first = clusters.run("a", "b")["a"]
    clusters.run("b")
    assert clusters.run("a", "b")["a"] != first


def test_a_failure_leaves_ids_aliases_and_events_as_they_were(clusters: Clusters) -> None:
    before = clusters.run("a", "b")
    clusters.engine.replace_table(
        "link.cluster",
        "select source_system, record_kind, source_record_id, cast(1 as bigint) as cluster_id "
        "from link.customer_source_record",
    )
    with contextlib.suppress(KeyboardInterrupt), clusters.engine.transaction():
        build_customer_source_record(clusters.warehouse.night(SECOND_NIGHT))
        raise KeyboardInterrupt
    assert clusters.aliases() == {}
    assert clusters.events(SECOND_NIGHT) == []
    assert set(before.values()) == set(
        clusters.engine.fetch_column("select distinct customer_id from link.customer_source_record")
    )


def test_a_corrected_value_splits_what_it_had_joined(warehouse: Warehouse) -> None:
    wrong = SourceRecord("b", "Eva", "Lang", email="eva@example.org", source="shop")
    warehouse.link(SourceRecord("a", "Eva", "Klein", email="eva@example.org"), wrong)
    joined = warehouse.id_of("a")
    assert warehouse.id_of("b") == joined
    warehouse.link(
        SourceRecord("a", "Eva", "Klein", email="eva@example.org"),
        SourceRecord("b", "Eva", "Lang", email="lang@example.org", source="shop"),
        business_date=SECOND_NIGHT,
    )
    assert warehouse.id_of("a") == joined
    assert warehouse.id_of("b") != joined
