"""`cdp link compare --html`: one private file that loads nothing and tells everything in words and figures."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.link.difference import Run
from cdp_pipeline.nightly.compare_nights import Comparison, Side
from cdp_pipeline.nightly.comparison_page import write_comparison_page
from cdp_pipeline.nightly.private_page import PageError
from cdp_pipeline_tests.unit.link.two_runs import difference, run

BEFORE = run(
    {"c_1": "ab", "c_2": "c", "c_3": "de", "c_4": "f"},
    ("ab", "rule", "same_email", 30),
    ("bc", "near_miss", "same_phone", 1),
    ("de", "splink", "<b>x</b>", 4),
)
AFTER = run(
    {"c_1": "abc", "c_3": "d", "c_5": "e", "c_4": "f"},
    ("ab", "rule", "same_email", 30),
    ("bc", "splink", "same_phone", 3),
    ("de", "vetoed", "<b>x</b>", 4, "birth_date"),
)


def page_of(
    folder: Path, before: Run, after: Run, *, is_project_same: bool = True, has_ids: bool = True
) -> str:
    threshold = None if has_ids else 2.0
    sides = Side("2026-05-04-a", date(2026, 5, 4)), Side("2026-05-05-<i>", date(2026, 5, 5), threshold)
    found = Comparison(*sides, is_project_same, has_ids, difference(before, after), [])
    write_comparison_page(found, folder / "page.html")
    return (folder / "page.html").read_text(encoding="utf-8")


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("</head>")[2]).split()).replace(" ,", ",")


def test_the_page_loads_nothing_escapes_all_and_is_its_owners_alone(tmp_path: Path) -> None:
    page = page_of(tmp_path, BEFORE, AFTER)
    assert not re.search(r"https?:|<script|<link [^>]*stylesheet|@import|url\(|<b>x|<i>", page)
    assert "default-src 'none'" in page
    assert page.count("<svg") == 4
    assert "could not be drawn" not in page
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o600
    assert page == page_of(tmp_path, BEFORE, AFTER), "equal runs give equal bytes"


def test_joined_and_parted_customers_are_told_with_edges_and_samples(tmp_path: Path) -> None:
    text = text_of(page_of(tmp_path, BEFORE, AFTER))
    assert "1 customer is joined of several, 1 customer is parted" in text
    assert "2 pairs of records came together, 1 pair came apart" in text
    assert "From 2026-05-04-a to 2026-05-05-&lt;i&gt;" in text
    assert "several customers that became one 2 1" in text
    assert "one customer that became several 1 2" in text
    assert "model: same phone was too unlikely 1 1" in text
    assert "model: same phone, match weight 3.0; was too unlikely" in text
    assert "is vetoed: their birth dates cannot be one person's" in text.replace("&#39;", "'")
    assert "crm/contact/b – crm/contact/c" in text


def test_a_customer_that_is_both_parted_and_joined_is_explained(tmp_path: Path) -> None:
    said = "A customer that was parted, and a part of it joined with others, counts before as parted"
    assert said not in text_of(page_of(tmp_path, BEFORE, AFTER))
    before, after = run({"c_1": "ab", "c_2": "c"}), run({"c_1": "a", "c_2": "bc"})
    text = text_of(page_of(tmp_path, before, after))
    assert said in text
    assert "several customers that became one 1 1" in text


def test_nobody_joined_or_parted_is_said(tmp_path: Path) -> None:
    text = text_of(page_of(tmp_path, BEFORE, BEFORE))
    assert "Nobody is joined, nobody is parted" in text
    assert "No customer of after was several before." in text
    assert "another id" not in text


def test_unchanged_customers_under_another_id_stand_out(tmp_path: Path) -> None:
    renamed = run({"c_9": "ab", "c_2": "c", "c_3": "de", "c_4": "f"})
    assert "1 unchanged customer has another id." in text_of(page_of(tmp_path, BEFORE, renamed))


def test_another_configuration_has_a_threshold_and_no_ids(tmp_path: Path) -> None:
    groups = run({"group 1": "abc", "group 7": "de", "group 9": "f"}, ("bc", "splink", "same_phone", 3))
    page = page_of(tmp_path, BEFORE, groups, has_ids=False)
    assert "joined from 2" in page
    text = text_of(page)
    assert "The same records, linked once more. Nothing was written" in text
    assert "3 records of 2 customers was c_1 crm/contact/a, crm/contact/b was c_2 crm/contact/c" in text
    assert "group" not in text
    assert "another id" not in text


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PageError, match=r"missing.page\.html: cannot be written"):
        page_of(tmp_path / "missing", BEFORE, BEFORE)
