"""The quality page: every rule of both gates over nights, in counts, as one file that loads nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import date

import pytest

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.contracts.source import Thresholds
from cdp_pipeline.night import Night
from cdp_pipeline.report.quality_facts import (
    FAILING,
    VOLUMES,
    QualityFacts,
    Rules,
    Trend,
    gather_quality_facts,
)
from cdp_pipeline.report.quality_page import HEIGHT, bars, render_quality_page, write_quality_page
from cdp_pipeline_tests.unit.report.test_page import Page
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

HEADER = "no,city,updated\n"
WARNING = ExpectationSpec(
    type="expect_column_values_to_be_in_set",
    kwargs={"column": "city", "value_set": ["Aachen", "Bonn"]},
    severity=Severity.WARNING,
    why="The club has <two> houses.",
)
TONIGHT = date(2026, 5, 6)


def members(first: int, records: int, city: str = "Bonn") -> str:
    return "".join(f"{number},{city},2026-05-01\n" for number in range(first, first + records))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LandingNights]:
    """Three nights: 50 records; none; then 98, of which one breaks a critical rule and two a warning."""
    layout = members_layout()
    layout = layout.model_copy(update={"expectations": [*layout.expectations, WARNING]})
    nights = LandingNights(tmp_path_factory.mktemp("club"), layout)
    nights.project = dataclasses.replace(
        nights.project,
        sources={
            name: source.model_copy(update={"thresholds": Thresholds(warns_from=1)})
            for name, source in nights.project.sources.items()
        },
    )
    nights.deliver("a.csv", HEADER + members(1, 50))
    nights.run(day=4)
    nights.run(day=5)
    nights.deliver(
        "b.csv", HEADER + members(51, 95) + members(146, 2, "Celle") + "148,secretville,2026-05-01\n"
    )
    nights.run(day=6)
    yield nights
    nights.engine.close()


@pytest.fixture(scope="module")
def rules(nights: LandingNights) -> Rules:
    [layout] = nights.project.layouts.values()
    return {("validate.members", spec.expectation_id): spec for spec in layout.expectations}


@pytest.fixture(scope="module")
def facts(nights: LandingNights, rules: Rules) -> QualityFacts:
    return gather_quality_facts(Night(nights.engine, nights.project, TONIGHT, "run6"), rules)


@pytest.fixture(scope="module")
def html(facts: QualityFacts) -> str:
    return render_quality_page(facts)


def test_every_rule_stands_there_with_its_newest_verdict_what_is_not_met_first(facts: QualityFacts) -> None:
    [table] = facts.delivered
    assert (table.name, table.unmet, len(table.expectations)) == ("validate.members", 2, 3)
    broken, warned, kept = table.expectations
    assert (broken.rule, broken.severity, broken.failing) == (
        "`city` fits the pattern `^[A-Z]`",
        "critical",
        1,
    )
    assert (warned.rule, warned.severity, warned.failing) == (
        "`city` is one of `Aachen`, `Bonn`",
        "warning",
        3,
    )
    assert (kept.rule, kept.is_met, kept.failing) == ("`member_no` is given", True, 0)
    assert {judged.judged_on for judged in table.expectations} == {TONIGHT}
    assert {judged.evaluated for judged in table.expectations} == {98}


def test_a_trend_follows_failing_rows_and_tells_nothing_judged_from_nothing_failed(
    facts: QualityFacts,
) -> None:
    _, warned, kept = facts.delivered[0].expectations
    assert warned.trend is not None
    assert dict(zip(warned.trend.nights, warned.trend.values, strict=True)) == {
        date(2026, 5, 4): 0,
        TONIGHT: 3,
    }
    assert kept.trend is None, "no row ever failed"


def test_volume_is_followed_by_source_and_export(facts: QualityFacts) -> None:
    [volume] = facts.volumes
    assert (volume.source, volume.layout, volume.tonight, volume.quarantined) == ("club", "members", 98, 1)
    assert volume.trend.values[-1] == 98
    assert volume.trend.values[0] == 50


@pytest.mark.parametrize("query", [FAILING, VOLUMES], ids=["failing", "volumes"])
def test_nights_before_the_trends_are_not_read(nights: LandingNights, query: str) -> None:
    assert {row[2] for row in nights.engine.fetch_all(query, [TONIGHT, date(2026, 5, 5)])} == {TONIGHT}


def test_quarantine_names_the_rule_in_words_and_how_often(facts: QualityFacts) -> None:
    [kept] = facts.kept_out
    assert (kept.rule, kept.tonight, kept.ever) == ("`city_has_wrong_form`", 1, 1)


def test_rules_that_are_no_longer_in_force_are_left_out(nights: LandingNights, rules: Rules) -> None:
    fewer = {key: spec for key, spec in rules.items() if spec is not WARNING}
    facts = gather_quality_facts(Night(nights.engine, nights.project, TONIGHT, "run6"), fewer)
    assert facts.judged == 2


def test_the_page_shows_the_figures_and_no_value(html: str) -> None:
    text = Page(html).text
    assert "1 of 3 expectations are met" in text
    assert "98 records came this night, 1 of them is in quarantine" in text
    assert "Club: warned." in text
    assert "secretville" not in html
    assert "Celle" not in html


def test_a_refused_file_is_told_with_its_columns_as_long_as_it_lies_there(
    nights: LandingNights, rules: Rules, facts: QualityFacts
) -> None:
    unchanged = "Tonight's files have the columns that they had before."
    assert unchanged in html_of(facts)
    refused = dataclasses.replace(facts, refused_files=2)
    assert unchanged not in html_of(refused)
    assert "2 files could not be read: see Sources above." in html_of(refused)
    nights.deliver("c.csv", "No.,city,updated\n200,Bonn,\n")
    try:
        for day in (7, 8):
            nights.run(day=day)
            found = gather_quality_facts(Night(nights.engine, nights.project, date(2026, 5, day), "r"), rules)
            assert [(row.path, row.change, row.header, row.column) for row in found.drift] == [
                ("c.csv", "renamed", "No.", "member_no")
            ]
    finally:
        nights.remove("c.csv")
        nights.run(day=9)
    found = gather_quality_facts(Night(nights.engine, nights.project, date(2026, 5, 9), "r"), rules)
    assert (found.drift, found.refused_files) == ([], 0)


def html_of(facts: QualityFacts) -> str:
    return render_quality_page(facts).replace("&#39;", "'")


def test_the_page_loads_nothing_and_runs_nothing(html: str) -> None:
    page = Page(html)
    assert not re.findall(r"https?:|//[a-z]|@import", html)
    assert {tag for tag, _ in page.tags} & {"script", "iframe", "img", "form", "object"} == set()
    links = {link["href"] for link in page.named("a")}
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {link for link in links if link and not link.startswith("#")} == {"report.html"}
    assert {link.removeprefix("#") for link in links if link and link.startswith("#")} <= ids
    [policy] = [meta["content"] for meta in page.named("meta") if "http-equiv" in meta]
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_texts_of_configuration_and_of_sources_are_escaped(facts: QualityFacts, html: str) -> None:
    assert "The club has &lt;two&gt; houses." in html
    hostile = dataclasses.replace(facts, title="<script>alert(1)</script>")
    assert "<script>" not in render_quality_page(hostile)


def test_bars_stand_on_their_greatest_night_and_little_is_still_seen() -> None:
    trend = Trend([date(2026, 5, day) for day in (1, 2, 3)], [1000, None, 1], [500, 0, 1])
    tall, missing, small = bars(trend)
    assert (tall.height, tall.bad_height) == (HEIGHT, HEIGHT / 2)
    assert (missing.height, missing.label) == (0, "2026-05-02: –")
    assert small.height == small.bad_height == 2


def test_a_page_that_cannot_be_made_stops_no_night(nights: LandingNights, rules: Rules) -> None:
    night = Night(nights.engine, nights.project, TONIGHT, "run6")
    broken = {
        key: spec.model_copy(update={"type": "expect_what_has_no_words"}) for key, spec in rules.items()
    }
    path = write_quality_page(night, broken, nights.root)
    assert "could not be made tonight" in path.read_text("utf-8")
