"""Two runs of linkage over records named by letters: who is joined and parted, and by which edges."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.unit.link.two_runs import difference, run


def test_equal_runs_under_other_names_do_not_differ() -> None:
    found = difference(
        run({"c_1": "ab", "c_2": "c"}, ("ab", "rule", "same_email", 30)),
        run({"group 7": "ab", "group 8": "c"}, ("ab", "rule", "same_email", 30)),
    )
    assert found.counts["unchanged"] == 2
    assert found.counts["same_id"] == 0
    assert {name for name, count in found.counts.items() if not count} >= {
        "resized", "joined", "parted", "new", "gone", "joined_pairs", "parted_pairs", "new_records", "gone_records",
    }  # fmt: skip
    assert (found.joining, found.parting, found.joined, found.parted) == ([], [], [], [])


def test_every_customer_is_counted_once_by_what_became_of_it() -> None:
    found = difference(
        run({"same": "ab", "grows": "c", "left": "d", "one": "e", "two": "fg", "divided": "hi"}),
        run({"same": "ab", "grows": "cx", "arrived": "yz", "one": "efg", "divided": "h", "split": "i"}),
    )
    assert found.counts == {
        "kept_records": 8, "new_records": 3, "gone_records": 1,
        "customers_before": 6, "customers_after": 6,
        "unchanged": 1, "resized": 1, "joined": 1, "parted": 1, "new": 1, "gone": 1,
        "joined_pairs": 2, "parted_pairs": 1, "same_id": 1,
    }  # fmt: skip


def test_a_join_names_the_edges_that_now_hold_and_what_they_were_before() -> None:
    found = difference(
        run(
            {"c_1": "ab", "c_2": "c", "c_3": "d", "c_4": "e"},
            ("ab", "rule", "same_email", 30),
            ("ac", "near_miss", "same_phone", 1),
            ("ad", "vetoed", "same_card", 40, "birth_date"),
        ),
        run(
            {"c_1": "abcdex"},
            ("ab", "rule", "same_email", 30),
            ("ac", "splink", "same_phone", 3),
            ("ad", "rule", "same_card", 40),
            ("be", "rule", "same_email", 30),
            ("ax", "rule", "same_email", 30),
        ),
    )
    assert {(row["edge_name"], row["was"]): (row["customers"], row["edges"]) for row in found.joining} == {
        ("same_phone", "near_miss"): (1, 1),
        ("same_card", "vetoed"): (1, 1),
        ("same_email", "absent"): (1, 1),
        ("same_email", "other_record"): (1, 1),
    }
    assert found.parting == []
    [joined] = found.joined
    assert [(part["customer_id"], part["record_keys"]) for part in joined["parts"]] == [
        ("c_1", ["crm/contact/a", "crm/contact/b"]),
        ("c_2", ["crm/contact/c"]),
        ("c_3", ["crm/contact/d"]),
        ("c_4", ["crm/contact/e"]),
    ]
    strongest = joined["edges"][0]
    assert (strongest["left"], strongest["right"], strongest["was"], strongest["vetoed_by"]) == (
        "crm/contact/a", "crm/contact/d", "vetoed", "birth_date",
    )  # fmt: skip


def test_a_parting_names_the_edges_that_held_and_what_became_of_them() -> None:
    found = difference(
        run({"c_1": "abc"}, ("ab", "splink", "same_phone", 4), ("bc", "rule", "same_email", 30)),
        run({"c_1": "a", "c_2": "b"}, ("ab", "vetoed", "same_address", 4, "name")),
    )
    assert [(row["edge_name"], row["is_now"]) for row in found.parting] == [
        ("same_email", "other_record"),
        ("same_phone", "vetoed"),
    ]
    [parted] = found.parted
    assert [part["customer_id"] for part in parted["parts"]] == ["c_1", "c_2"]
    assert (found.counts["parted"], found.counts["parted_pairs"]) == (1, 1)


def test_records_that_only_left_part_nobody() -> None:
    found = difference(
        run({"c_1": "abc"}, ("ab", "rule", "same_email", 30), ("bc", "rule", "same_email", 30)),
        run({"c_1": "a"}),
    )
    assert (found.counts["resized"], found.counts["parted"], found.parting) == (1, 0, [])


@pytest.mark.parametrize(("samples", "shown"), [(0, []), (1, ["c_weak"]), (5, ["c_weak", "c_strong"])])
def test_joins_are_sampled_the_weakest_first(samples: int, shown: list[str]) -> None:
    found = difference(
        run({"c_strong": "a", "c_2": "b", "c_weak": "c", "c_4": "d"}),
        run(
            {"c_strong": "ab", "c_weak": "cd"},
            ("ab", "rule", "same_email", 30),
            ("cd", "splink", "same_phone", 3),
        ),
        samples,
    )
    assert [row["customer_id"] for row in found.joined] == shown


def test_customers_are_counted_by_their_strongest_edge_and_by_their_parts() -> None:
    found = difference(
        run(
            {"c_1": "a", "c_2": "b", "c_3": "c", "c_4": "d", "c_5": "e", "c_6": "fg"},
            ("fg", "splink", "x", -0.5),
        ),
        run(
            {"c_1": "abc", "c_4": "de", "c_6": "f", "c_7": "g"},
            ("ab", "splink", "same_phone", 3.9),
            ("bc", "splink", "same_email", 2),
            ("de", "splink", "same_phone", 3),
            ("de", "rule", "same_email", 30),
        ),
    )
    strengths = [
        (row["change"], row["edge_kind"], row["match_weight"], row["customers"]) for row in found.strengths
    ]
    assert strengths == [("joined", "splink", 2, 1), ("joined", "rule", 30, 1), ("parted", "splink", -2, 1)]
    divided = [tuple(row.values()) for row in found.divided]
    assert divided == [("joined", 2, 1, 2), ("joined", 3, 1, 3), ("parted", 2, 1, 2)]
