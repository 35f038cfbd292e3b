"""Pages about linkage: one file each that loads nothing, with every figure in words and in a drawing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.link.training import TrainedModel
from cdp_pipeline.nightly.train_model import write_model_page
from cdp_pipeline.report.evaluation_page import render_decided_page, render_evaluation_page

COUNTS = {"found_pairs": 90, "true_pairs": 100, "right_pairs": 81}
SHARES = {"precision": 0.9, "recall": 0.81, "f1": 0.852632, "b_cubed_f1": 0.91}
WHOLE = {
    **COUNTS,
    **SHARES,
    "records": 1234,
    "clusters": 600,
    "people": 500,
    "over_merged": 7,
    "split": 90,
    "b_cubed_precision": 0.97,
    "b_cubed_recall": 0.86,
}
COVERAGE = {
    "truth_records": 1250,
    "evaluated_records": 1234,
    "junk_records": 6,
    "missing_records": 10,
    "unknown_records": 0,
    "uncounted_troubles": [],
}


def document(**changes: Any) -> dict[str, Any]:
    """An evaluation of a night, three thresholds and two troubles."""
    troubles = [
        {**COUNTS, **SHARES, "trouble": name, "records": 50, "over_merged": 3, "split": 4}
        for name in ("", "shared_email")
    ]
    return {
        "truth": "truth.csv",
        "linked": "the last night",
        "coverage": COVERAGE,
        "quality": WHOLE,
        "ceiling": {"rules_recall": 0.85, "recall": 0.97},
        "match_threshold": 8.0,
        "thresholds": [{**WHOLE, "match_weight": at} for at in (0.0, 8.0, None)],
        "troubles": troubles,
        **changes,
    }


LEVEL = {
    "label_for_charts": "Exact match on email",
    "m_probability": 0.8,
    "u_probability": 0.05,
    "relatives_probability": 0.2,
}
MODEL = TrainedModel(
    settings={
        "probability_two_random_records_match": 1 / 1025,
        "comparisons": [
            {
                "output_column_name": "email",
                "comparison_levels": [
                    {"label_for_charts": "null", "is_null_level": True},
                    LEVEL,
                    {**LEVEL, "label_for_charts": "All other comparisons"},
                ],
            }
        ],
    },
    nodes=4321,
    unseen_levels=["email: All other comparisons"],
)


def model_page(folder: Path, model: TrainedModel = MODEL) -> str:
    return write_model_page(model, 5, folder).read_text(encoding="utf-8")


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


@pytest.mark.parametrize("kind", ["evaluation", "decided", "model"])
def test_a_page_loads_nothing_and_equal_figures_give_equal_bytes(kind: str, tmp_path: Path) -> None:
    decided = document(pairs=200, absent_pairs=3)
    pages = [
        {
            "evaluation": lambda: render_evaluation_page(document()),
            "decided": lambda: render_decided_page(decided),
            "model": lambda: model_page(tmp_path),
        }[kind]()
        for _ in range(2)
    ]
    assert pages[0] == pages[1]
    assert not re.search(r"https?:|<script|<link [^>]*stylesheet|@import|url\(", pages[0])
    assert "default-src 'none'" in pages[0]
    assert "<svg" in pages[0]
    assert "could not be drawn" not in pages[0]


def test_the_evaluation_says_its_figures_in_words() -> None:
    text = text_of(render_evaluation_page(document()))
    assert "7 of 600 clusters hold more than one person" in text
    assert "9 of 90 found pairs are wrong" in text
    assert "19 of 100 true pairs are missing" in text
    assert "10 records of the truth are not among the linked ones" in text
    assert "brought together, not joined 16.0 %" in text
    assert "never brought together 3.0 %" in text


def test_a_threshold_in_force_is_marked_once() -> None:
    page = render_evaluation_page(document())
    assert re.findall(r'<tr class="now"><th scope="row">([^<]+)<', page) == ["8"]
    assert "rules alone" in page


def test_clusters_of_a_file_have_no_thresholds_and_say_so() -> None:
    text = text_of(render_evaluation_page(document(thresholds=[], ceiling=None, match_threshold=None)))
    assert "Of clusters from a file no edges are kept" in text
    assert "Where the true pairs are" not in text


def test_a_trouble_that_looks_like_markup_stays_text() -> None:
    troubles = [{**document()["troubles"][1], "trouble": "<b>x</b>"}]
    assert "<b>x</b>" not in render_evaluation_page(document(troubles=troubles))


def test_a_rare_trouble_is_drawn_with_its_number_of_true_pairs() -> None:
    few = {"found_pairs": 21, "true_pairs": 11, "right_pairs": 11}
    rare = {**document()["troubles"][1], **few, "trouble": "strangers_of_one_name"}
    page = render_evaluation_page(document(troubles=[rare]))
    assert ">strangers of one name (11)</text>" in page


def test_troubles_that_are_not_measured_are_named() -> None:
    coverage = {**COVERAGE, "uncounted_troubles": ["deleted", "junk_name"]}
    text = text_of(render_evaluation_page(document(coverage=coverage)))
    assert "2 kinds of trouble are not measured" in text
    assert "only records that are left out bear them: deleted, junk name." in text


def test_the_ceiling_is_named_where_no_line_runs() -> None:
    page = render_evaluation_page(document(ceiling={"rules_recall": 0.85, "recall": 0.91}))
    [height] = re.findall(r'translate\([\d.]+,(-?[\d.]+)\)"[^>]*>ceiling of recall 0.910<', page)
    assert float(height) < 0


def test_what_is_nearly_all_is_not_shown_as_all() -> None:
    page = render_evaluation_page(document(quality={**WHOLE, "precision": 0.99996}))
    assert "0.999+" in page
    assert "1.000" not in page


def test_decided_pairs_tell_how_many_are_decided_alike() -> None:
    text = text_of(render_decided_page(document(pairs=200, absent_pairs=3)))
    assert (
        "172 of 200 decided pairs would be decided alike" in text
    )  # 81 joined rightly, 91 of 100 kept apart
    assert "joins 9 of 100 pairs that are two people" in text


def test_the_model_names_what_it_did_not_see_and_weighs_every_level(tmp_path: Path) -> None:
    text = text_of(model_page(tmp_path))
    assert "Learned from 4,321 distinct records" in text
    assert "a match weight of −10.0" in text
    assert "email : differs" in text
    assert "email equal 0.8 0.05 +4.0 0.2 +2.0" in text


def test_a_model_without_relatives_has_no_column_for_them(tmp_path: Path) -> None:
    level = {name: value for name, value in LEVEL.items() if name != "relatives_probability"}
    comparisons = [{"output_column_name": "email", "comparison_levels": [level]}]
    settings = {**MODEL.settings, "comparisons": comparisons}
    assert "elatives" not in text_of(model_page(tmp_path, TrainedModel(settings, 4321, [])))
