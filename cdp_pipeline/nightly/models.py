"""All models of a project in building order, and their verdicts once built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ValidationFailed
from cdp_pipeline.extract.tables import extract_models
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.consent_ledger import continue_consent_ledger
from cdp_pipeline.nightly.corrections import read_manual_corrections
from cdp_pipeline.nightly.decisions import read_releases
from cdp_pipeline.nightly.erasure.tombstones import read_tombstones
from cdp_pipeline.nightly.match_decisions import read_match_decisions
from cdp_pipeline.nightly.restrictions import read_processing_restrictions
from cdp_pipeline.plural import counted
from cdp_pipeline.sql_project import Model, ModelGraph, build_model, load_models
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.results import expectations_of, judge_table
from cdp_pipeline.validate.tables import validate_models

if TYPE_CHECKING:
    from cdp_pipeline.validate.expectations import Verdict


def load_graph(project: Project, dialect: str = "duckdb", *, with_decisions: bool = True) -> ModelGraph:
    """Load every model of the project: those generated from layouts and those written as files.

    Args:
        with_decisions: what people decided about pairs of records, restricted and had corrected is read from the
            control database; else the tables that hold it stay as they are. So is the ledger of consent from the
            published night, where the working file has none.
    """
    validate = validate_models(project, build_release=read_releases)
    graph = load_models(project, [*extract_models(project), *validate], dialect)
    if not with_decisions:
        return graph
    return (
        graph.built_by("extract.tombstone", read_tombstones)
        .built_by("link.match_decision", read_match_decisions)
        .built_by("golden.processing_restriction", read_processing_restrictions)
        .built_by("golden.consent_ledger", continue_consent_ledger)
        .built_by("golden.manual_correction", read_manual_corrections)
    )


def is_judged_after_building(model: Model) -> bool:
    """Tell whether the second gate guards it: delivered records are judged by the first, as they arrive."""
    return model.stage.is_after(Stage.VALIDATE) and not model.is_view


def gate_of(model: Model) -> list[ExpectationSpec]:
    """Expectations of the second gate."""
    return expectations_of(model.contract) if is_judged_after_building(model) else []


def all_rules(graph: ModelGraph) -> dict[tuple[str, str], ExpectationSpec]:
    """Return the expectations of both gates by table and name, as `validate.result` names them."""
    return {
        (model.full_name, spec.expectation_id): spec
        for model in graph
        for spec in gate_of(model) or model.contract.expectations
    }


def build_and_judge(night: Night, graph: ModelGraph, table: Model) -> list[Verdict]:
    """Build one table, with the views that it reads, and hold it to its expectations.

    Returns:
        The second gate's verdicts; whoever calls decides what a broken one stops.
    """
    for view in graph.views_of(table):
        build_model(night, view)
    build_model(night, table)
    gate = gate_of(table)
    return judge_table(night, table.full_name, gate) if gate else []


def refuse_broken(table: Model, verdicts: list[Verdict]) -> None:
    """Stop at a critical expectation that is not met.

    Raises:
        ValidationFailed: names table, rule, extent and remedy.
    """
    for verdict in verdicts:
        if not verdict.is_met and verdict.expectation.severity is Severity.CRITICAL:
            name = verdict.expectation.expectation_id
            raise ValidationFailed(broken_promise(table, name, verdict.failing_rows))


def broken_promise(model: Model, check: str, failing_rows: int) -> str:
    """Put a failed critical check into words: table, rule, extent, remedy."""
    rows = f" in {counted(failing_rows, 'row')}" if failing_rows else ""
    return (
        f"{model.full_name}: rule {check} is broken{rows}. Nothing was published. Query the "
        f"table in the working file, then correct the source or the model {model.origin.name}."
    )
