"""Every expectation becomes a check: counts and the rule, never values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.contracts.expectation_words import in_words
from cdp_pipeline.contracts.vacuous import is_vacuous
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import broken_promise, is_judged_after_building
from cdp_pipeline.report.facts.deliveries import source_states_on
from cdp_pipeline.sql_project import Model
from cdp_pipeline.validate.results import key_expectations

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations import Verdict

KEY_CHECK = "key_is_complete_and_unique"
SOURCE_NIGHT = "validate.source_night"
SOURCES_CHECK = "no_source_is_blocked"


def checks_of(model: Model) -> dict[str, list[ExpectationSpec]]:
    """Group expectations to checks: the key's are one, each declared one is its own.

    The sources' check has none: what it shows was decided before.
    """
    if model.full_name == SOURCE_NIGHT:
        return {SOURCES_CHECK: []}
    declared = {check_name(spec): [spec] for spec in model.contract.expectations}
    key = key_expectations(model.contract) if is_judged_after_building(model) else []
    return {KEY_CHECK: key, **declared} if key else declared


def check_name(expectation: ExpectationSpec) -> str:
    """Name the check of a rule, whose own name says how it is broken: a check that succeeds says never."""
    return f"never_{expectation.expectation_id}"


def check_spec(model: Model, name: str, expectations: list[ExpectationSpec]) -> dg.AssetCheckSpec:
    """Declare one check; its description says what is expected and why."""
    if name == SOURCES_CHECK:
        description = "Every source's new files count; a blocked one goes on with its last good data."
    elif name == KEY_CHECK:
        description = f"{', '.join(model.contract.key)}: complete and unique"
    else:
        [expectation] = expectations
        description = " ".join(part for part in (f"{in_words(expectation)}.", expectation.why) if part)
    return dg.AssetCheckSpec(
        name,
        asset=model.full_name.split("."),
        description=description,
        blocking=_blocks(model, expectations),
    )


class _Outcome(NamedTuple):
    """What an expectation found."""

    is_met: bool
    evaluated_rows: int
    failing_rows: int
    judged_on: date


def check_results(
    night: Night, model: Model, checks: dict[str, list[ExpectationSpec]], verdicts: list[Verdict]
) -> Iterator[dg.AssetCheckResult]:
    """Report the second gate's verdicts, or those that the first gate left behind."""
    if SOURCES_CHECK in checks:
        yield _sources_result(night)
        return
    outcomes = {
        verdict.expectation.expectation_id: _Outcome(
            verdict.is_met, verdict.evaluated_rows, verdict.failing_rows, night.business_date
        )
        for verdict in verdicts
    }
    if checks and not is_judged_after_building(model):
        outcomes = _stored_outcomes(night, model)
    for name, expectations in checks.items():
        found = [outcomes[e.expectation_id] for e in expectations if e.expectation_id in outcomes]
        yield _check_result(model, name, expectations, found)


def _sources_result(night: Night) -> dg.AssetCheckResult:
    """Say which sources are blocked, an error, or only deserve a look, a warning; neither stops the night."""
    states = source_states_on(night.engine, night.business_date)
    blocked = [state.source_system for state in states if state.is_blocked]
    words = [f"{state.source_system} is {state.state}: {state.reasons}" for state in states]
    return dg.AssetCheckResult(
        check_name=SOURCES_CHECK,
        passed=not states,
        description="\n".join(words) or None,
        severity=dg.AssetCheckSeverity.ERROR if blocked else dg.AssetCheckSeverity.WARN,
        metadata={"blocked": len(blocked), "warned": len(states) - len(blocked)},
    )


def _stored_outcomes(night: Night, model: Model) -> dict[str, _Outcome]:
    """Read the newest verdicts of a layout; files are judged once, not every night."""
    newest = night.engine.fetch_all(
        "select expectation_id, is_met, evaluated_rows, failing_rows, business_date from validate.result"
        " where table_name = ? qualify row_number() over"
        " (partition by expectation_id order by business_date desc) = 1",
        [model.full_name],
    )
    return {row[0]: _Outcome(*row[1:]) for row in newest}


def _check_result(
    model: Model, name: str, expectations: list[ExpectationSpec], found: list[_Outcome]
) -> dg.AssetCheckResult:
    """Report one check; where nothing was found, no file of the layout has come yet."""
    blocks = _blocks(model, expectations)
    is_met = all(_passes(outcome, expectations) for outcome in found)
    failing_rows = sum(outcome.failing_rows for outcome in found)
    return dg.AssetCheckResult(
        check_name=name,
        passed=is_met,
        description=broken_promise(model, name, failing_rows) if blocks and not is_met else None,
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        metadata={
            "evaluated_rows": max((outcome.evaluated_rows for outcome in found), default=0),
            "failing_rows": failing_rows,
            "rule": ", ".join(expectation.type for expectation in expectations),
            **({"judged_on": str(max(outcome.judged_on for outcome in found))} if found else {}),
        },
    )


def _passes(outcome: _Outcome, expectations: list[ExpectationSpec]) -> bool:
    """Tell whether nothing speaks against the data; the key's expectations share type and severity."""
    return outcome.is_met or all(
        is_vacuous(spec.type, spec.severity, outcome.evaluated_rows, is_met=False) for spec in expectations
    )


def _blocks(model: Model, expectations: list[ExpectationSpec]) -> bool:
    """Tell whether a failure stops the night; at the first gate a failing row is quarantined instead."""
    return is_judged_after_building(model) and any(
        expectation.severity is Severity.CRITICAL for expectation in expectations
    )
