"""How sure linkage is of itself: the calibrated weights of the pairs that the model judged, summed up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cdp_pipeline_tests.warehouse import Row, rows_of

COLUMNS = ("joined_records", "model_pairs", "uncertain_pairs", "expected_precision", "is_low")


def record(number: int, side: str = "") -> dict[str, object]:
    key = {"source_system": "crm", "record_kind": "contact", "source_record_id": f"r{number}"}
    return {f"{side}{column}": value for column, value in key.items()}


def edges(kind: str, weight: float, pairs: int) -> list[Row]:
    return [
        record(2 * n, "left_")
        | record(2 * n + 1, "right_")
        | {"edge_kind": kind, "edge_name": f"{kind} {weight}", "match_weight": weight}
        for n in range(pairs)
    ]


def clusters(joined: int, alone: int) -> list[Row]:
    return [record(n) | {"cluster_id": n // 2 if n < 2 * joined else n} for n in range(2 * joined + alone)]


def confidence(given_edges: list[Row], given_clusters: list[Row]) -> tuple[object, ...]:
    given = {"edge": given_edges, "cluster": given_clusters}
    [found] = rows_of("linkage_confidence", given=given, columns=COLUMNS)
    return found


def test_weights_become_probabilities_and_rules_count_as_no_pair_of_the_model() -> None:
    # 2^3 / (1 + 2^3) = 0.888889, 2^6 / (1 + 2^6) = 0.984615
    given = [
        *edges("splink", 3, 1),
        *edges("splink", 6, 1),
        *edges("near_miss", 0.5, 2),
        *edges("rule", 1, 3),
    ]
    assert confidence(given, clusters(4, 7)) == (4, 2, 3, Decimal("0.936752"), False)


def test_nothing_joined_is_no_reason_for_doubt() -> None:
    assert confidence([], []) == (0, 0, 0, None, False)


@pytest.mark.parametrize(
    ("near_misses", "joined", "is_low"), [(60, 299, True), (60, 301, False), (49, 10, False), (50, 10, True)]
)
def test_confidence_is_low_from_one_uncertain_pair_for_five_joined_records_on(
    near_misses: int, joined: int, is_low: bool
) -> None:
    found = confidence(edges("near_miss", 1, near_misses), clusters(joined, 0))
    assert found[-1] is is_low


def test_confidence_is_low_where_one_in_ten_of_the_models_joins_is_expected_to_be_wrong() -> None:
    assert confidence(edges("splink", 2.9, 100), clusters(5000, 0))[-1] is True
    assert confidence(edges("splink", 4, 100), clusters(5000, 0))[-1] is False
