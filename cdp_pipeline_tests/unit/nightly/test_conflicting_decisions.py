"""Decisions that contradict each other are told in words, on the closing screen and by `cdp status`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.conflicting_decisions import conflicting_decisions


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.create_schemas(["link"])
        yield engine


def told(engine: Engine, *pairs: tuple[int, int]) -> list[str]:
    rows = ", ".join(map(str, pairs))
    engine.execute(
        "create table link.decision_conflict as"
        f" from (values {rows}) as t (never_link_decision_id, must_link_decision_id)"
    )
    return [found.in_words for found in conflicting_decisions(engine)]


def test_what_holds_and_what_is_not_applied_is_told_by_number(engine: Engine) -> None:
    assert told(engine, (9, 4), (9, 2), (7, 3)) == [
        "match decision 7 keeps two records apart that decision 3 would make one person: they stay apart, and that one "
        "is not applied. Take back what is wrong (cdp link decisions, cdp link decide --undo).",
        "match decision 9 keeps two records apart that decisions 2, 4 would make one person: they stay apart, and "
        "those are not applied. Take back what is wrong (cdp link decisions, cdp link decide --undo).",
    ]


def test_a_long_chain_names_its_first_decisions(engine: Engine) -> None:
    [words] = told(engine, *((9, number) for number in range(20, 30)))
    assert "decisions 20, 21, 22, 23, 24 and 5 more would" in words


def test_a_night_of_before_decisions_has_no_contradictions(engine: Engine) -> None:
    assert conflicting_decisions(engine) == []
