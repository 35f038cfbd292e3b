"""Clusters join along their strongest edges first, and never against a contradiction."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date

import pyarrow as pa
import pytest

from cdp_pipeline.link.agglomeration import join_without_contradiction
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups
from cdp_pipeline_tests.unit.link.link_workspace import Workspace, open_records

BIRTHS = {"1": date(1952, 5, 3), "2": date(1980, 11, 27), "3": date(1995, 7, 12), "_": None}
"""Each of the dates contradicts the others; a record's first character says which one is its own."""

LETTERS = "abcdefgh"

Edge = tuple[str, str, float]


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    warehouse = Warehouse(threads=1)
    records = [
        SourceRecord(f"{digit}{letter}", None, None, born)
        for digit, born in BIRTHS.items()
        for letter in LETTERS
    ]
    with warehouse.engine, open_records(warehouse, *records) as opened:
        yield opened


def joined(
    workspace: Workspace, edges: Iterable[Edge], clusters: Iterable[Iterable[str]] = ()
) -> set[frozenset[str]]:
    """Return the clusters of more than one record after joining along the edges."""
    number = dict(workspace.engine.fetch_all("select source_record_id, record from record"))
    of_record = {record: record for record in number.values()}
    for cluster in clusters:
        members = [number[record] for record in cluster]
        of_record |= dict.fromkeys(members, min(members))
    edges = [*edges]
    _replace(workspace, "assignment", record=[*of_record], cluster=[*of_record.values()])
    _replace(
        workspace,
        "edge",
        left_record=[min(number[left], number[right]) for left, right, _ in edges],
        right_record=[max(number[left], number[right]) for left, right, _ in edges],
        match_weight=[float(weight) for *_, weight in edges],
    )
    join_without_contradiction(workspace.engine, "edge")
    return {person for person in workspace.people() if len(person) > 1}


def _replace(workspace: Workspace, table: str, **columns: list[int] | list[float]) -> None:
    with workspace.engine.arrow_view(pa.table(columns)) as view:
        workspace.engine.replace_table(table, f"from {view}")


def test_what_contradicts_nothing_joins_along_all_edges(workspace: Workspace) -> None:
    edges = [("1a", "1b", 1), ("1b", "_a", 1), ("2a", "_b", 1)]
    assert joined(workspace, edges) == groups("1a 1b _a", "2a _b")


def test_a_record_between_two_people_goes_to_the_stronger(workspace: Workspace) -> None:
    assert joined(workspace, [("1a", "_a", 5), ("2a", "_a", 6)]) == groups("2a _a")
    assert joined(workspace, [("1a", "_a", 7), ("2a", "_a", 6)]) == groups("1a _a")


def test_several_edges_between_two_records_add_up(workspace: Workspace) -> None:
    assert joined(workspace, [("1a", "_a", 4), ("1a", "_a", 3), ("2a", "_a", 6)]) == groups("1a _a")


def test_a_contradiction_holds_along_a_chain_and_cuts_it_at_the_weakest_edge(workspace: Workspace) -> None:
    chain = [("1a", "_a", 9), ("_a", "_b", 3), ("_b", "_c", 5), ("_c", "2a", 8)]
    assert joined(workspace, chain) == groups("1a _a", "_b _c 2a")


def test_a_cluster_joined_before_moves_as_one(workspace: Workspace) -> None:
    edges = [("1a", "_a", 5), ("2a", "_b", 6)]
    assert joined(workspace, edges, clusters=[("_a", "_b")]) == groups("_a _b 2a")


def test_a_must_link_over_a_contradiction_takes_in_either_side_but_no_third(workspace: Workspace) -> None:
    edges = [("1a", "1b", 5), ("2a", "2b", 5), ("1a", "3a", 9), ("_a", "1a", 1)]
    assert joined(workspace, edges, clusters=[("1a", "2a")]) == groups("1a 2a 1b 2b _a")


def test_a_never_link_parts_a_chain_of_equals(workspace: Workspace) -> None:
    sides = [("_a", "7|left"), ("_d", "7|right")]
    for record, side in sides:
        workspace.engine.execute(
            "insert into trait select record, 'decision', ? from record where source_record_id = ?",
            [side, record],
        )
    chain = [("_a", "_b", 4), ("_b", "_c", 3), ("_c", "_d", 5)]
    assert joined(workspace, chain) == groups("_a _b", "_c _d")
    workspace.engine.execute("delete from trait where trait_kind = 'decision'")
    assert joined(workspace, chain) == groups("_a _b _c _d")


@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_those_of_taking_the_edges_one_by_one(workspace: Workspace, seed: int) -> None:
    draw = random.Random(seed)
    records = [digit + letter for digit in BIRTHS for letter in LETTERS]
    pairs = {tuple(sorted(draw.sample(records, 2))) for _ in range(50)}
    weights = draw.sample(range(1, 1000), len(pairs))
    edges: list[Edge] = [
        (left, right, weight) for (left, right), weight in zip(sorted(pairs), weights, strict=True)
    ]
    clusters = [("_a", "_b", "1c"), ("2e", "_g")]
    assert joined(workspace, edges, clusters) == one_by_one(records, edges, clusters)


def one_by_one(
    records: Iterable[str], edges: Iterable[Edge], clusters: Iterable[Iterable[str]]
) -> set[frozenset[str]]:
    """The plain form: take the edges from the strongest on, and join what does not contradict itself."""
    cluster_of = {record: {record} for record in records}
    for cluster in clusters:
        members = {*cluster}
        cluster_of |= dict.fromkeys(members, members)
    for left, right, _ in sorted(edges, key=lambda edge: -edge[2]):
        together = cluster_of[left] | cluster_of[right]
        if len({record[0] for record in together} - {"_"}) <= 1:
            cluster_of |= dict.fromkeys(together, together)
    return {frozenset(members) for members in cluster_of.values() if len(members) > 1}


def test_neither_the_order_of_records_nor_of_equal_edges_matters(warehouse: Warehouse) -> None:
    draw = random.Random(7)
    records = [
        SourceRecord(f"{digit}{letter}", None, None, born)
        for digit, born in BIRTHS.items()
        for letter in LETTERS
    ]
    pairs = {tuple(sorted(draw.sample([record.id for record in records], 2))) for _ in range(60)}
    edges: list[Edge] = [(left, right, 5) for left, right in sorted(pairs)]
    results = []
    for _ in range(3):
        draw.shuffle(records)
        draw.shuffle(edges)
        with open_records(warehouse, *records) as opened:
            results.append(joined(opened, edges))
    assert results[0] == results[1] == results[2]
    assert len(results[0]) > 1
