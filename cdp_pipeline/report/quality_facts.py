"""The figures of the quality page: verdicts, quarantine, volumes, sources and drift. Counts and rules, never values.

All of it is read from tables of the working file; a project that lacks one of them has an empty part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.expectation_words import codes, in_words
from cdp_pipeline.contracts.vacuous import is_vacuous
from cdp_pipeline.night import Night
from cdp_pipeline.report.facts.deliveries import SourceState, source_states_on

TREND_NIGHTS = 28
"""As far back as the gates' own comparison with the nights before."""

Rules = Mapping[tuple[str, str], ExpectationSpec]
"""Expectations in force, by table and name."""


@dataclass(frozen=True)
class Trend:
    """One number per night, the oldest first; None where nothing was judged or delivered.

    Attributes:
        bad: of each number, how much of it was not as it should be.
    """

    nights: list[date]
    values: list[int | None]
    bad: list[int]


@dataclass(frozen=True)
class Judged:
    """The newest verdict of one expectation, and how it went before.

    Attributes:
        rule: what is expected, in words, names in backticks.
        judged_on: the night of the verdict; delivered files are judged once, when they come.
        trend: failing rows over the last nights; None if no row ever failed in them.
    """

    rule: str
    why: str | None
    severity: str
    is_met: bool
    evaluated: int
    failing: int
    judged_on: date
    trend: Trend | None


@dataclass(frozen=True)
class JudgedTable:
    """One table and all that is expected of it, what is not met first."""

    name: str
    expectations: list[Judged]

    @property
    def unmet(self) -> int:
        """Expectations that are not met."""
        return sum(not judged.is_met for judged in self.expectations)


@dataclass(frozen=True)
class Volume:
    """Records of one source and layout, over nights.

    Attributes:
        tonight: records of the files that were new this night.
        trend: records by night; bad are those in quarantine.
    """

    source: str
    layout: str
    tonight: int
    quarantined: int
    trend: Trend


@dataclass(frozen=True)
class KeptOut:
    """Records of one source and layout that one rule, or several together, keep in quarantine.

    Attributes:
        rule: the rules' names, in backticks; `why` says what is expected.
        tonight: records that came there this night; `ever` counts all that are there.
    """

    source: str
    layout: str
    rule: str
    why: str | None
    tonight: int
    ever: int


@dataclass(frozen=True)
class Drift:
    """One column of a new file that is not as its layout says."""

    source: str
    layout: str
    path: str
    change: str
    header: str | None
    column: str | None
    suggestion: str | None


@dataclass(frozen=True)
class QualityFacts:
    """Everything that the quality page shows.

    Attributes:
        delivered: tables of the first gate, which quarantines rows.
        built: tables of the second gate, which stops the night.
        nights: how many nights the trends look back on, this one included.
        drift: of tonight's files, and of older ones that are still refused.
        refused_files: files that cannot be read.
    """

    title: str
    business_date: date
    run_id: str
    nights: int
    states: list[SourceState]
    delivered: list[JudgedTable]
    built: list[JudgedTable]
    volumes: list[Volume]
    kept_out: list[KeptOut]
    drift: list[Drift]
    refused_files: int

    @property
    def tables(self) -> list[JudgedTable]:
        """Tables of both gates."""
        return [*self.delivered, *self.built]

    @property
    def judged(self) -> int:
        """Expectations with a verdict."""
        return sum(len(table.expectations) for table in self.tables)

    @property
    def unmet(self) -> int:
        """Expectations that are not met."""
        return sum(table.unmet for table in self.tables)


def gather_quality_facts(night: Night, rules: Rules) -> QualityFacts:
    """Compute the figures of the night whose tables stand in the working file.

    Args:
        rules: the expectations in force; verdicts of others are history and left out.
    """
    nights = _last_nights(night)
    tables = _judged_tables(night, rules, nights)
    return QualityFacts(
        title=night.project.settings.title,
        business_date=night.business_date,
        run_id=night.run_id,
        nights=len(nights),
        states=source_states_on(night.engine, night.business_date)
        if night.engine.table_exists("validate.source_night")
        else [],
        delivered=[table for table in tables if table.name.startswith("validate.")],
        built=[table for table in tables if not table.name.startswith("validate.")],
        volumes=_volumes(night, nights),
        kept_out=_kept_out(night),
        drift=[Drift(*row) for row in _rows(night, "extract.drift", DRIFT)],
        refused_files=sum(files for (files,) in _rows(night, "extract.file", REFUSED)),
    )


def _rows(night: Night, table: str, sql: str, *since: date) -> list[tuple[Any, ...]]:
    """Run a query of the business date, and of the first night if given, over a table that may not be there."""
    if not night.engine.table_exists(table):
        return []
    return night.engine.fetch_all(sql, [night.business_date, *since])


def _last_nights(night: Night) -> list[date]:
    earlier = [day for (day,) in _rows(night, "validate.result", NIGHTS)]
    return sorted({*earlier, night.business_date})[-TREND_NIGHTS:]


def _judged_tables(night: Night, rules: Rules, nights: list[date]) -> list[JudgedTable]:
    """List tables by name with their newest verdicts; a verdict that says nothing for want of rows is left out."""
    trends = _failing_trends(night, nights)
    by_table: dict[str, list[Judged]] = defaultdict(list)
    for table, name, is_met, evaluated, failing, judged_on in _rows(night, "validate.result", VERDICTS):
        spec = rules.get((table, name))
        if spec is None or is_vacuous(spec.type, spec.severity, evaluated, is_met=is_met):
            continue
        by_table[table].append(
            Judged(
                rule=in_words(spec),
                why=spec.why,
                severity=str(spec.severity),
                is_met=is_met,
                evaluated=evaluated,
                failing=failing,
                judged_on=judged_on,
                trend=trends.get((table, name)),
            )
        )
    return [
        JudgedTable(table, sorted(found, key=lambda judged: (judged.is_met, judged.severity, judged.rule)))
        for table, found in sorted(by_table.items())
    ]


def _failing_trends(night: Night, nights: list[date]) -> dict[tuple[str, str], Trend]:
    """Follow the failing rows of every expectation that was not clean all the time."""
    found: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    for table, name, day, failing in _rows(night, "validate.result", FAILING, nights[0]):
        found[table, name][day] = failing
    return {
        key: Trend(nights, [by_day.get(day) for day in nights], [by_day.get(day, 0) for day in nights])
        for key, by_day in found.items()
        if any(by_day.get(day) for day in nights)
    }


def _kept_out(night: Night) -> list[KeptOut]:
    return [
        KeptOut(source, layout, codes(rule.split(", ")), why, tonight, ever)
        for source, layout, rule, why, tonight, ever in _rows(night, "validate.quarantine", KEPT_OUT)
    ]


def _volumes(night: Night, nights: list[date]) -> list[Volume]:
    """Follow the records of each source and layout; a night without a new file has none."""
    found: dict[tuple[str, str], dict[date, tuple[int, int]]] = defaultdict(dict)
    for source, layout, day, records, quarantined in _rows(
        night, "validate.conservation", VOLUMES, nights[0]
    ):
        found[source, layout][day] = (records, quarantined)
    return [
        Volume(
            source,
            layout,
            *by_day.get(night.business_date, (0, 0)),
            Trend(
                nights,
                [by_day[day][0] if day in by_day else None for day in nights],
                [by_day.get(day, (0, 0))[1] for day in nights],
            ),
        )
        for (source, layout), by_day in sorted(found.items())
    ]


NIGHTS = f"""
select distinct business_date from validate.result where business_date <= ? order by 1 desc limit {TREND_NIGHTS}
"""

VERDICTS = """
select table_name, expectation_id, is_met, evaluated_rows, failing_rows, business_date
from validate.result
where business_date <= ?
qualify row_number() over (partition by table_name, expectation_id order by business_date desc) = 1
order by table_name, expectation_id
"""

FAILING = """
select table_name, expectation_id, business_date, failing_rows
from validate.result
where business_date between $2 and $1
qualify max(failing_rows) over (partition by table_name, expectation_id) > 0
order by table_name, expectation_id, business_date
"""

VOLUMES = """
select
    source_system, layout, first_seen_on,
    coalesce(sum(physical_records - blank_records), 0)::bigint, coalesce(sum(quarantined_records), 0)::bigint
from validate.conservation
where first_seen_on between $2 and $1
group by source_system, layout, first_seen_on
order by source_system, layout, first_seen_on
"""

KEPT_OUT = """
select
    source_system, layout, rule, why,
    count(*) filter (where business_date = $1)::bigint as tonight, count(*)::bigint as ever
from validate.quarantine
where business_date <= $1
group by source_system, layout, rule, why
order by tonight desc, ever desc, source_system, layout, rule, why
"""

REFUSED = "select count(*) from extract.file where refused_because is not null and first_seen_on <= ?"

DRIFT = """
select source_system, layout, path, change, header, column_name, suggestion
from extract.drift
where
    first_seen_on = $1
    or file_id in (select file_id from extract.file where refused_because is not null and first_seen_on < $1)
order by source_system, layout, path, change, header, column_name
"""
