"""Of very many pairs a bounded part teaches: drawn by a seed, the same whatever the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.contracts.linkage import LinkKey
from cdp_pipeline.engine import Engine
from cdp_pipeline.link.pair_sample import ALL_PAIRS, chosen, count_pairs, share_of

NODES = 1000


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.execute(f"create table numbers as select range as node from range({NODES})")
        yield engine


def pairs(engine: Engine, condition: str, order: str = "asc") -> set[tuple[int, int]]:
    numbers = f"(select node from numbers order by node {order})"
    query = f"select l.node, r.node from {numbers} as l, {numbers} as r where l.node < r.node and {condition}"
    return set(engine.fetch_all(query))


@pytest.mark.parametrize("share", [0.5, 0.01])
def test_about_the_asked_share_is_chosen_evenly_over_the_nodes(engine: Engine, share: float) -> None:
    found = pairs(engine, chosen(share, seed=7))
    assert len(found) == pytest.approx(share * NODES * (NODES - 1) / 2, rel=0.1)
    low = sum(right < NODES // 2 for _, right in found)
    assert low == pytest.approx(len(found) / 4, rel=0.15)
    # Neighbours are not drawn together: of the pairs one further the same share is chosen.
    together = sum((left, right + 1) in found for left, right in found)
    assert together / len(found) == pytest.approx(share, abs=0.03)


def test_the_choice_hangs_on_the_seed_alone(engine: Engine) -> None:
    one = pairs(engine, chosen(0.05, seed=1))
    assert one == pairs(engine, chosen(0.05, seed=1), order="desc")
    assert one != pairs(engine, chosen(0.05, seed=2))


def test_numbers_of_a_very_large_file_fit(engine: Engine) -> None:
    large = chosen(0.3, seed=2**62).replace("l.node", "3000000000").replace("r.node", "4000000000")
    assert engine.fetch_value(f"select {large}") in {True, False}


def test_few_pairs_are_taken_whole(engine: Engine) -> None:
    assert share_of(300, most=1000) == share_of(0, most=1000) == 1.0
    assert share_of(2000, most=1000) == 0.5
    assert chosen(1.0, seed=1) == ALL_PAIRS


def test_pairs_are_counted_by_group_without_forming_them() -> None:
    keys = [(1, "A"), (2, "A"), (3, "A"), (4, "B"), (5, "B"), (6, "C"), *((n, "D") for n in range(10, 30))]
    rows = ", ".join(f"({node}, 'email', '{value}')" for node, value in keys)
    with Engine.open() as workspace:
        workspace.execute(f"create table node_key as from (values {rows}) as t (node, key_kind, key_value)")
        workspace.execute("create table node as select distinct node as unique_id from node_key")
        assert count_pairs(workspace, [[LinkKey.EMAIL]], max_group=12) == 3 + 1
        assert count_pairs(workspace, [[LinkKey.EMAIL], [LinkKey.EMAIL]], max_group=20) == 2 * (3 + 1 + 190)
