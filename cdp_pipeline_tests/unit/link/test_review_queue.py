"""The review queue: what comes first, what does not come again, and which pairs alone hold a customer together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.link.review_queue import PAIR, find_bridges, queue_pairs

KEYS = ", ".join(f"{name} varchar" for name in PAIR)
WEIGHTS = "struct(comparison varchar, comparison_level varchar, match_weight double)[]"

Edge = tuple[str, str, str, float]


class Night:
    """A published night of hand-written customers and edges."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        engine.execute("create schema link")
        engine.execute("create table link.customer_source_record (source_system varchar, record_kind varchar, "
                       "source_record_id varchar, customer_id varchar)")  # fmt: skip
        engine.execute(f"create table link.edge ({KEYS}, edge_kind varchar, edge_name varchar, match_weight double, "
                       f"vetoed_by varchar, comparison_weights {WEIGHTS})")  # fmt: skip
        engine.execute(f"create table decided ({KEYS})")
        engine.execute("create table revenue (customer_id varchar, revenue_eur decimal(18, 2))")

    def customers(self, **records: str) -> None:
        """`customers(c1="a b")` reads: the records a and b are customer c1."""
        for customer, names in records.items():
            for name in names.split():
                self.engine.execute(
                    "insert into link.customer_source_record values ('crm', 'contact', ?, ?)",
                    [name, customer],
                )

    def edges(self, *edges: Edge, vetoed_by: str | None = None) -> None:
        """Each edge: the two records, kind, match weight; vetoed ones by the reason given."""
        for left, right, kind, weight in edges:
            veto = (vetoed_by or "name") if kind == "vetoed" else None
            self.engine.execute(
                "insert into link.edge values ('crm', 'contact', ?, 'crm', 'contact', ?, ?, ?, ?, ?, null)",
                [left, right, kind, f"by_{kind}", weight, veto],
            )

    def decide(self, left: str, right: str) -> None:
        self.engine.execute(
            "insert into decided values ('crm', 'contact', ?, 'crm', 'contact', ?)", [left, right]
        )

    def queue(self, limit: int = 100) -> list[tuple[str, str]]:
        """Return the queue as kind and pair, such as ("bridge", "b-c")."""
        queue = queue_pairs(self.engine, "from decided", "from revenue", limit)
        return [
            (row["review_kind"], f"{row['left_source_record_id']}-{row['right_source_record_id']}")
            for row in queue.to_pylist()
        ]


@pytest.fixture
def night() -> Iterator[Night]:
    with Engine.open() as engine:
        yield Night(engine)


# --- bridges ------------------------------------------------------------------------------------------------


def bridges(count: int, *edges: tuple[int, int]) -> list[tuple[tuple[int, int], int, int]]:
    left, right = (np.array([edge[end] for edge in edges], dtype=np.int64) for end in (0, 1))
    found = zip(*(part.tolist() for part in find_bridges(count, left, right)), strict=True)
    return [(edges[n], left_records, right_records) for n, left_records, right_records in found]


def test_the_edge_between_two_rings_is_a_bridge_with_the_records_of_either_ring() -> None:
    ring, other = [(0, 1), (1, 2), (0, 2)], [(3, 4), (4, 5), (5, 6), (3, 6)]
    assert bridges(7, *ring, (2, 3), *other) == [((2, 3), 3, 4)]


def test_in_a_chain_each_edge_is_a_bridge() -> None:
    chain = [((0, 1), 1, 4), ((1, 2), 2, 3), ((2, 3), 3, 2), ((4, 3), 1, 4)]
    assert bridges(5, (0, 1), (1, 2), (2, 3), (4, 3)) == chain


def test_several_components_are_told_apart() -> None:
    assert bridges(6, (0, 1), (2, 3), (3, 4)) == [((0, 1), 1, 1), ((2, 3), 1, 2), ((3, 4), 2, 1)]


def test_two_edges_between_the_same_records_are_no_bridges() -> None:
    assert bridges(2, (0, 1), (0, 1)) == []
    assert bridges(0) == []


def test_a_bridge_is_queued_when_both_sides_have_several_records(night: Night) -> None:
    night.customers(c1="a b c d", c2="e f g", c3="h i")
    night.edges(("a", "b", "rule", 30), ("b", "c", "rule", 30), ("c", "d", "rule", 30))
    night.edges(("e", "f", "rule", 30), ("f", "g", "rule", 30), ("h", "i", "rule", 30))
    assert night.queue() == [("bridge", "b-c")]


def test_weak_bridges_and_those_of_many_records_come_first(night: Night) -> None:
    night.customers(c1="a b c d", c2="e f g h", c3="i j k l m n")
    for records, weight in (("abcd", 9), ("efgh", 8)):
        night.edges((records[0], records[1], "rule", 30), (records[1], records[2], "splink", weight))
        night.edges((records[2], records[3], "rule", 30))
    night.edges(*((left, right, "rule", 30) for left, right in ("ij", "jk", "lm", "mn")))
    night.edges(("k", "l", "splink", 9))
    assert night.queue(limit=3) == [("bridge", "f-g"), ("bridge", "k-l"), ("bridge", "b-c")]


# --- order --------------------------------------------------------------------------------------------------


def test_first_comes_what_the_night_most_likely_decided_wrongly(night: Night) -> None:
    night.customers(c1="a", c2="b", c3="c", c4="d", c5="e f", c6="g h", c7="i j")
    night.edges(("a", "b", "near_miss", 2.4), ("c", "d", "near_miss", 0.1))
    night.edges(("e", "f", "splink", 4.0), ("g", "h", "splink", 5.1), ("i", "j", "splink", 3.0))
    apart, joined = [("near_even", "a-b"), ("near_even", "c-d")], [("near_even", "i-j"), ("near_even", "e-f")]
    assert night.queue() == apart + joined, "5.1 is sure enough"


def test_of_equal_weights_the_pair_with_more_records_or_revenue_comes_first(night: Night) -> None:
    night.customers(c1="a", c2="b", c3="c", c4="d", c5="e x y z", c6="f")
    night.edges(("a", "b", "near_miss", 1), ("c", "d", "near_miss", 1), ("e", "f", "near_miss", 1))
    assert [pair for _, pair in night.queue()] == ["e-f", "a-b", "c-d"]
    night.engine.execute("insert into revenue values ('c4', 200.00), ('c1', 600.00), ('c2', -500.00)")
    assert [pair for _, pair in night.queue()] == ["a-b", "e-f", "c-d"]


def test_the_strongest_refused_pair_comes_first_and_one_that_people_refused_never(night: Night) -> None:
    night.customers(c1="a", c2="b", c3="c", c4="d", c5="e", c6="f")
    night.edges(("a", "b", "vetoed", 9.5), ("c", "d", "vetoed", 40))
    night.edges(("e", "f", "vetoed", 60), vetoed_by="decision")
    assert night.queue() == [("refused", "c-d"), ("refused", "a-b")]


def test_near_misses_likelier_than_not_come_before_refused_pairs(night: Night) -> None:
    night.customers(c1="a", c2="b", c3="c", c4="d", c5="e", c6="f")
    night.edges(("a", "b", "near_miss", 0.5), ("d", "e", "vetoed", 30), ("c", "f", "near_miss", -1))
    assert night.queue() == [("near_even", "a-b"), ("refused", "d-e"), ("near_even", "c-f")]


def test_after_three_pairs_apart_comes_a_joined_one_up_to_the_limit(night: Night) -> None:
    night.customers(c1="a", c2="b", c3="c", c4="d", c5="e", c6="f x", c7="g y")
    night.edges(*(("a", other, "near_miss", 2 - place / 10) for place, other in enumerate("bcde")))
    night.edges(("f", "x", "splink", 3), ("g", "y", "splink", 4))
    pairs = [pair for _, pair in night.queue()]
    assert pairs == ["a-b", "a-c", "a-d", "f-x", "a-e", "g-y"]
    assert [pair for _, pair in night.queue(limit=4)] == pairs[:4]


def test_two_customers_are_asked_about_once_by_their_strongest_pair(night: Night) -> None:
    night.customers(c1="a b", c2="c d")
    night.edges(("a", "c", "near_miss", 1), ("b", "c", "near_miss", 2), ("b", "d", "vetoed", 30))
    assert night.queue() == [("refused", "b-d")]


def test_what_is_queued_carries_records_and_revenue_of_the_customers(night: Night) -> None:
    night.customers(c1="a b", c2="c", c3="d e")
    night.edges(("a", "c", "near_miss", 1), ("d", "e", "splink", 3))
    night.engine.execute("insert into revenue values ('c1', 5.50), ('c2', 4.50), ('c3', 2.00)")
    rows = queue_pairs(night.engine, "from decided", "from revenue", 9).to_pylist()
    assert [(row["record_count"], str(row["revenue_eur"])) for row in rows] == [(3, "10.00"), (2, "2.00")]


# --- decided ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decided", ["ac", "ca", "bd"], ids=["the pair", "turned", "another pair of the two"])
def test_customers_that_somebody_decided_on_do_not_come_again(night: Night, decided: str) -> None:
    night.customers(c1="a b", c2="c d", c3="e")
    night.edges(("a", "c", "near_miss", 1), ("a", "e", "near_miss", 1))
    night.decide(*decided)
    assert night.queue() == [("near_even", "a-e")]


def test_of_one_customer_only_the_decided_pair_stays_away(night: Night) -> None:
    night.customers(c1="a b c")
    night.edges(("a", "b", "splink", 3), ("b", "c", "splink", 3))
    night.decide("b", "a")
    assert night.queue() == [("near_even", "b-c")]


def test_one_customer_is_asked_about_once_at_a_time_by_the_weakest_pair(night: Night) -> None:
    night.customers(c1="a b c")
    night.edges(("a", "b", "splink", 4), ("b", "c", "splink", 3), ("a", "c", "splink", 3.5))
    assert night.queue() == [("near_even", "b-c")]
    night.decide("b", "c")
    assert night.queue() == [("near_even", "a-c")]


def test_what_people_joined_holds_and_is_not_asked_about(night: Night) -> None:
    night.customers(c1="a b c d", c2="e f g h")
    night.edges(("a", "b", "rule", 30), ("b", "c", "decision", 100), ("c", "d", "rule", 30))
    night.edges(
        ("e", "f", "rule", 30), ("f", "g", "rule", 30), ("g", "h", "rule", 30), ("e", "h", "decision", 100)
    )
    assert night.queue() == []


def test_a_night_without_customers_has_nothing_to_review(night: Night) -> None:
    assert night.queue() == []
