"""Figures of quality, beside figures worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.link.quality import ClusterQuality, measure_clusters


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def measure(engine: Engine, found: str, true: str) -> ClusterQuality:
    """Measure `found` against `true`, both written as groups: `abc de` puts a, b and c together."""
    return measure_clusters(engine, _groups(found, "cluster"), _groups(true, "person"))


def _groups(text: str, name: str) -> str:
    rows = [(record, n) for n, members in enumerate(text.split()) for record in members]
    values = ", ".join(f"('{record}', {n})" for record, n in rows)
    empty = "select '' as record, 0 as number where false"
    return (
        f"select record, number as {name} from ({f'values {values}' if rows else empty}) as t(record, number)"
    )


def test_equal_groups_are_perfect(engine: Engine) -> None:
    quality = measure(engine, "abc de f", "abc de f")
    assert (quality.found_pairs, quality.true_pairs, quality.right_pairs) == (4, 4, 4)
    assert (quality.precision, quality.recall, quality.f1) == (1, 1, 1)
    assert (quality.b_cubed_precision, quality.b_cubed_recall, quality.b_cubed_f1) == (1, 1, 1)
    assert (quality.over_merged, quality.split) == (0, 0)


def test_figures_equal_those_worked_out_by_hand(engine: Engine) -> None:
    # Found abcd and e; true are abc and de. Pairs found: ab ac ad bc bd cd; true: ab ac bc de; right: ab ac bc.
    quality = measure(engine, "abcd e", "abc de")
    assert (quality.found_pairs, quality.true_pairs, quality.right_pairs) == (6, 4, 3)
    assert quality.precision == pytest.approx(1 / 2)
    assert quality.recall == pytest.approx(3 / 4)
    assert quality.f1 == pytest.approx(6 / 10)
    # a, b, c: 3 of the 4 in their cluster; d: 1 of 4; e: 1 of 1. Of their person a, b, c have all, d and e half.
    assert quality.b_cubed_precision == pytest.approx((3 * 3 / 4 + 1 / 4 + 1) / 5)
    assert quality.b_cubed_recall == pytest.approx((3 * 1 + 1 / 2 + 1 / 2) / 5)
    assert quality.b_cubed_f1 == pytest.approx(2 * 0.7 * 0.8 / 1.5)
    assert (quality.records, quality.clusters, quality.people) == (5, 2, 2)
    assert (quality.over_merged, quality.split) == (1, 1)


def test_a_record_without_cluster_stands_alone(engine: Engine) -> None:
    quality = measure(engine, "ab", "abcd")
    assert (quality.found_pairs, quality.true_pairs, quality.clusters) == (1, 6, 3)
    assert quality.b_cubed_recall == pytest.approx((2 * 2 / 4 + 2 * 1 / 4) / 4)


def test_records_whose_cluster_is_null_are_not_one_cluster(engine: Engine) -> None:
    clusters = "select record, null::bigint as cluster from (values ('a'), ('b')) as t(record)"
    quality = measure_clusters(engine, clusters, _groups("a b", "person"))
    assert (quality.found_pairs, quality.clusters, quality.over_merged) == (0, 2, 0)


def test_records_that_the_truth_does_not_name_do_not_count(engine: Engine) -> None:
    quality = measure(engine, "abxyz", "ab")
    assert (quality.records, quality.found_pairs, quality.precision) == (2, 1, 1)


def test_nothing_found_is_no_wrong_pair_but_a_recall_of_zero(engine: Engine) -> None:
    quality = measure(engine, "a b", "ab")
    assert (quality.precision, quality.recall, quality.f1) == (1, 0, 0)


def test_an_empty_truth_has_no_faults(engine: Engine) -> None:
    quality = measure(engine, "ab", "")
    assert (quality.records, quality.f1, quality.b_cubed_f1) == (0, 1, 1)


def test_each_error_is_counted_once_for_each_cluster_and_each_person(engine: Engine) -> None:
    quality = measure(engine, "ac bd ef", "ab cd ef")
    assert (quality.over_merged, quality.split) == (2, 2)
