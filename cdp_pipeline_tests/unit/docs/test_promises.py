"""The map of promises on the page about privacy names tests that exist."""

from __future__ import annotations

import re

import pytest

from cdp_pipeline_tests.unit.docs.pages import DOCS, REPOSITORY

NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
TESTS = REPOSITORY / "cdp_pipeline_tests"


def promises() -> list[str]:
    """Rows of the map, without its head."""
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    section = text.split("## Promises and their tests")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("row", promises(), ids=lambda row: row.split("|")[1].strip()[:60])
def test_each_promise_names_a_test_that_exists(row: str) -> None:
    named = NAMED.findall(row)
    assert named, "no test is named"
    for file, test in named:
        assert f"\ndef {test}(" in (TESTS / file).read_text(encoding="utf-8"), f"{file} has no {test}"


def test_the_map_is_found() -> None:
    assert len(promises()) > 20
