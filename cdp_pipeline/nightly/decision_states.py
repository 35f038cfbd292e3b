"""How what people decided about pairs of records stands: in force, waiting, without effect, expired, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_decisions import MatchDecision
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.conflicting_decisions import conflicting_decisions
from cdp_pipeline.nightly.match_decisions import absent_records
from cdp_pipeline.publish.night_folder import current_night


@dataclass(frozen=True)
class DecisionState:
    """How one decision stands, in words, and whether it does what it says."""

    words: str
    holds: bool


@dataclass(frozen=True)
class DecisionCounts:
    """How the decisions stand that a night went by.

    Attributes:
        waiting: the night does not hold one of their records.
        not_applied: must-links that a never-link contradicts.
    """

    in_force: int = 0
    waiting: int = 0
    not_applied: int = 0

    @property
    def in_words(self) -> str:
        """Say it in one line; nothing where the night went by none."""
        waiting = f"{self.waiting:,} {'waits' if self.waiting == 1 else 'wait'} for a record"
        said = [
            (self.waiting, waiting),
            (self.not_applied, f"{self.not_applied:,} contradicted"),
        ]
        others = [words for number, words in said if number]
        return ", ".join([f"{self.in_force:,} in force", *others]) if self.in_force or others else ""


@dataclass(frozen=True)
class _PublishedNight:
    """What the published night makes of decisions.

    Attributes:
        absent: records of decisions that it does not hold.
        went_by: numbers of the decisions that it went by; None without a published night that tells.
        contradicted_by: by number of a must-link that of the never-link which keeps its records apart.
    """

    absent: set[RecordKey]
    went_by: set[int] | None
    contradicted_by: dict[int, int]


def decision_states(
    project: Project, decisions: Sequence[MatchDecision], today: date
) -> dict[int, DecisionState]:
    """Return by number how each decision stands today, as far as the published night tells."""
    standing = [decision for decision in decisions if decision.stands_on(today)]
    night = _PublishedNight(
        absent_records(project, {record for decision in standing for record in decision.statement.pair}),
        *_effects(project),
    )
    return {decision.decision_id: _state(decision, night, today) for decision in decisions}


def decision_counts(engine: Engine) -> DecisionCounts:
    """Count how the decisions of a published night stand; a night of before decisions has none."""
    if not engine.table_exists("link.match_decision"):
        return DecisionCounts()
    contradicted = [number for conflict in conflicting_decisions(engine) for number in conflict.must_links]
    return DecisionCounts(*engine.fetch_all(COUNTS, [contradicted])[0])


def _effects(project: Project) -> tuple[set[int] | None, dict[int, int]]:
    folder = current_night(project.published)
    if folder is None:
        return None, {}
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        contradicted_by = {
            must_link: conflict.never_link
            for conflict in conflicting_decisions(engine)
            for must_link in conflict.must_links
        }
        if not engine.table_exists("link.match_decision"):
            return None, contradicted_by
        return set(engine.fetch_column("select decision_id from link.match_decision")), contradicted_by


def _state(decision: MatchDecision, night: _PublishedNight, today: date) -> DecisionState:
    if decision.undone_at:
        by = decision.undone_by or "unknown"
        return DecisionState(f"taken back {decision.undone_at:%Y-%m-%d} by {by}", holds=False)
    if not decision.stands_on(today):
        return DecisionState(f"expired: its last day was {decision.expires_on}", holds=False)
    until = f" until {decision.expires_on}" if decision.expires_on else ""
    absent = [record for record in decision.statement.pair if record in night.absent]
    if absent:
        names = " and ".join("/".join(record) for record in absent)
        return DecisionState(f"waits{until}: the published night does not hold {names}", holds=False)
    if opposite := night.contradicted_by.get(decision.decision_id):
        return DecisionState(f"not applied{until}: match decision {opposite} contradicts it", holds=False)
    if night.went_by is not None and decision.decision_id not in night.went_by:
        return DecisionState(f"holds{until}, from the next night on", holds=True)
    return DecisionState(f"stands{until}", holds=True)


COUNTS = """
with here as (
    select (source_system, record_kind, source_record_id) as record from link.customer_source_record
),
decision as (
    select
        decision_id in (select unnest($1::bigint[])) as is_contradicted,
        (left_source_system, left_record_kind, left_source_record_id) in (from here)
        and (right_source_system, right_record_kind, right_source_record_id) in (from here) as is_here
    from link.match_decision
)
select
    count(*) filter (where is_here and not is_contradicted),
    count(*) filter (where not is_here),
    count(*) filter (where is_here and is_contradicted)
from decision
"""
