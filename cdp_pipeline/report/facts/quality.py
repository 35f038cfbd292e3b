"""What Great Expectations judged, and how complete profiles are. Counts and rules, never values."""

from __future__ import annotations

from dataclasses import dataclass

from cdp_pipeline.contracts.vacuous import IS_VACUOUS
from cdp_pipeline.engine import quote_identifier
from cdp_pipeline.night import Night

PROFILE = "golden.golden_profile"
NOT_DESCRIBING = {"customer_id", "first_seen_at", "last_seen_at", "record_count", "source_count"}
"""Columns of the profile that are always there."""


@dataclass(frozen=True)
class UnmetExpectation:
    """A rule that rows of a table broke."""

    table: str
    rule: str
    severity: str
    evaluated: int
    failing: int


@dataclass(frozen=True)
class TableVerdicts:
    """The expectations of one stage's tables."""

    stage: str
    tables: int
    expectations: int
    met: int


@dataclass(frozen=True)
class Quality:
    """This night's verdicts that had rows to judge, and for how many customers each column of the profile is known."""

    stages: list[TableVerdicts]
    unmet: list[UnmetExpectation]
    completeness: list[tuple[str, int]]
    profiles: int

    @property
    def expectations(self) -> int:
        """Expectations judged this night."""
        return sum(stage.expectations for stage in self.stages)

    @property
    def met(self) -> int:
        """Expectations met this night."""
        return sum(stage.met for stage in self.stages)


def gather_quality(night: Night) -> Quality | None:
    """Read verdicts and count what profiles know."""
    engine, tonight = night.engine, [night.business_date]
    if not engine.table_exists("validate.result"):
        return None
    profiles, completeness = _completeness(night)
    return Quality(
        stages=[TableVerdicts(*row) for row in engine.fetch_all(STAGES, tonight)],
        unmet=[UnmetExpectation(*row) for row in engine.fetch_all(UNMET, tonight)],
        completeness=completeness,
        profiles=profiles,
    )


def _completeness(night: Night) -> tuple[int, list[tuple[str, int]]]:
    """Count profiles, and for each describing column those that have a value."""
    if not night.engine.table_exists(PROFILE):
        return 0, []
    columns = [name for name in night.engine.describe(f"from {PROFILE}") if name not in NOT_DESCRIBING]
    counts = ", ".join(f"count({quote_identifier(name)})" for name in columns)
    [(profiles, *known)] = night.engine.fetch_all(f"select count(*), {counts} from {PROFILE}")
    return profiles, list(zip(columns, known, strict=True))


STAGES = f"""
select
    split_part(table_name, '.', 1) as stage,
    count(distinct table_name),
    count(*),
    count(*) filter (is_met)
from validate.result
where business_date = ? and not {IS_VACUOUS}
group by stage
order by stage
"""

UNMET = f"""
select table_name, expectation_id, severity, evaluated_rows, failing_rows
from validate.result
where business_date = ? and not is_met and not {IS_VACUOUS}
order by severity, failing_rows desc, table_name, expectation_id
"""
