"""What the mixture learns from pairs that nobody labelled."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cdp_pipeline.link.learning import is_astray, levels_in_order
from cdp_pipeline.link.mixture import Mixture, Patterns, learn

M, H, U = ([0.1, 0.9], [0.2, 0.8]), ([0.98, 0.02], [0.1, 0.9]), ([0.99, 0.01], [0.995, 0.005])
"""How often name and address differ (first) or agree, among one person's records, relatives and strangers."""


def patterns(one_person: float, relatives: float, strangers: float) -> Patterns:
    gammas = np.array([(a, b) for a in (0, 1) for b in (0, 1)])
    counts = sum(
        pairs * np.array([kind[0][a] * kind[1][b] for a, b in gammas])
        for pairs, kind in ((one_person, M), (relatives, H), (strangers, U))
    )
    return Patterns(
        gammas, np.ones_like(gammas, dtype=bool), np.asarray(counts), one_person + relatives + strangers
    )


def begin(pairs: float) -> Mixture:
    m, h, u = ([np.array(levels) for levels in kind] for kind in (M, H, U))
    return Mixture(m, h, u, pairs, pairs)


def test_pairs_of_each_kind_are_told_apart() -> None:
    learned = learn(patterns(1000, 500, 100_000), begin(800), [10_000, 10_000], [True, True])
    assert learned.one_person_pairs == pytest.approx(1000, rel=0.05)
    assert learned.relatives_pairs == pytest.approx(500, rel=0.1)


def test_where_nobody_is_related_no_relatives_are_seen() -> None:
    learned = learn(patterns(1000, 0, 100_000), begin(800), [10_000, 10_000], [True, True])
    assert learned.relatives_pairs < 0.05 * learned.one_person_pairs


def test_what_rules_taught_stays_as_it_is() -> None:
    begun = begin(800)
    learned = learn(patterns(1000, 500, 100_000), begun, [math.inf, 10_000], [True, True])
    assert learned.one_person[0].tolist() == begun.one_person[0].tolist()
    assert learned.one_person[1].tolist() != begun.one_person[1].tolist()


def test_to_agree_never_speaks_against_one_person_and_one_value_in_common_tells_as_much_as_equal_ones() -> (
    None
):
    different, mistyped, in_common, equal = levels_in_order(
        np.array([0.5, 0.0, 0.0, 0.5]), np.array([0.7, 0.1, 0.1, 0.1])
    ) / np.array([0.7, 0.1, 0.1, 0.1])
    assert (mistyped, in_common, equal) == pytest.approx((1, 5, 5))
    assert different < 1


@pytest.mark.parametrize(("given_names_differ", "expected"), [(0.2, False), (0.7, True)])
def test_a_class_whose_names_differ_is_nobody(given_names_differ: float, expected: bool) -> None:
    levels = [np.array([given_names_differ, 1 - given_names_differ]), np.array([0.1, 0.9])]
    assert is_astray(Mixture(levels, levels, levels, 1, 1), ["given_name", "family_name"]) == expected
