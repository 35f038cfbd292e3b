"""Connected components, and the joining of contradicting ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_pipeline.engine import Engine
from cdp_pipeline.link.agglomeration import join_strongest_first
from cdp_pipeline.link.components import component_of


def components(count: int, *edges: tuple[int, int]) -> list[int]:
    left, right = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    return component_of(count, left, right).tolist()


def test_each_record_gets_the_smallest_of_its_component() -> None:
    assert components(6, (4, 2), (5, 4), (1, 3)) == [0, 1, 2, 1, 2, 2]


def test_without_edges_everyone_is_alone() -> None:
    assert components(3) == [0, 1, 2]
    assert components(0) == []


def open_workspace_of(birth_dates: dict[int, str], edges: list[tuple[int, int, float]], size: int) -> Engine:
    """Records 0 to size-1, some with a birth date; different dates contradict each other."""
    engine = Engine.open()
    engine.execute(
        f"create table record as select range as record, hash(range) as shuffle from range({size})"
    )
    engine.execute("create table assignment as select record, record as cluster from record")
    engine.execute("create table trait (record bigint, trait_kind varchar, trait_value varchar)")
    engine.execute("create table edge (left_record bigint, right_record bigint, match_weight double)")
    for record, birth_date in birth_dates.items():
        engine.execute("insert into trait values (?, 'birth_date', ?)", [record, birth_date])
    for edge in edges:
        engine.execute("insert into edge values (?, ?, ?)", list(edge))
    engine.execute(
        "create table conflict as select 'birth_date' as trait_kind, l.trait_value as value_l, "
        "r.trait_value as value_r from (select distinct trait_value from trait) as l, "
        "(select distinct trait_value from trait) as r where l.trait_value <> r.trait_value"
    )
    return engine


def joined(birth_dates: dict[int, str], edges: list[tuple[int, int, float]], size: int) -> list[int]:
    with open_workspace_of(birth_dates, edges, size) as engine:
        join_strongest_first(engine, "assignment", "edge")
        return engine.fetch_column("select cluster from assignment order by record")


def test_the_stronger_edge_decides_where_a_record_goes() -> None:
    assert joined({0: "1955", 2: "1987"}, [(0, 1, 20), (1, 2, 30)], 3) == [0, 1, 1]


def test_a_contradiction_along_a_chain_cuts_its_weakest_edge() -> None:
    chain = [(0, 1, 9.0), (1, 2, 3.0), (2, 3, 8.0)]
    assert joined({0: "1955", 3: "1987"}, chain, 4) == [0, 0, 2, 2]


@settings(max_examples=25, deadline=None)
@given(
    birth_dates=st.dictionaries(st.integers(0, 7), st.sampled_from(["1955", "1987", "2001"])),
    pairs=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14, unique=True),
)
def test_rounds_give_what_edge_by_edge_gives(
    birth_dates: dict[int, str], pairs: list[tuple[int, int]]
) -> None:
    """The reference takes the edges one by one; distinct weights leave no tie to break."""
    edges = [(min(p), max(p), float(n + 1)) for n, p in enumerate(pairs) if p[0] != p[1]]
    cluster = list(range(8))
    dates = {n: {birth_dates[n]} if n in birth_dates else set() for n in range(8)}
    for left, right, _ in sorted(edges, key=lambda edge: -edge[2]):
        a, b = cluster[left], cluster[right]
        if a != b and len(dates[a] | dates[b]) <= 1:
            dates[min(a, b)] = dates[a] | dates[b]
            cluster = [min(a, b) if c in (a, b) else c for c in cluster]
    assert joined(birth_dates, edges, 8) == cluster


def test_records_without_a_contradiction_all_join() -> None:
    assert joined({}, [(0, 1, 1.0), (2, 3, 1.0), (1, 2, 1.0)], 4) == [0, 0, 0, 0]
