"""What people decided about pairs, as the truth: how often linkage would have decided alike without being told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from cdp_pipeline.link.decision_conflicts import DECISION_CONFLICT, MATCH_DECISION, PAIR
from cdp_pipeline.link.decisions import MUST_LINK
from cdp_pipeline.link.edges import find_edges
from cdp_pipeline.link.evaluation_curve import assign_by_rules, join_at, refuse_unkept, usual_thresholds
from cdp_pipeline.link.evaluation_truth import TruthError
from cdp_pipeline.link.quality import PairCounts
from cdp_pipeline.link.record_sides import is_side
from cdp_pipeline.link.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine, EngineOptions
    from cdp_pipeline.link.splink_model import LinkageModel


@dataclass(frozen=True)
class DecidedEvaluation:
    """Linkage beside people's decisions.

    Attributes:
        pairs: decided pairs whose records are both there.
        absent_pairs: decided pairs of which a record is not there; left out.
        thresholds: match weight (log2) and counts over the decided pairs alone, those in force among them.
    """

    pairs: int
    absent_pairs: int
    match_threshold: float
    thresholds: list[tuple[float, PairCounts]]

    @property
    def counts(self) -> PairCounts:
        """Those at the threshold in force."""
        return dict(self.thresholds)[self.match_threshold]

    def as_document(self) -> dict[str, Any]:
        """Return all figures as plain values; a threshold of null stands for the rules alone."""
        return {
            "pairs": self.pairs,
            "absent_pairs": self.absent_pairs,
            "match_threshold": self.match_threshold,
            "thresholds": [
                {
                    "match_weight": at if isfinite(at) else None,
                    **asdict(counts),
                    "precision": round(counts.precision, 6),
                    "recall": round(counts.recall, 6),
                    "f1": round(counts.f1, 6),
                }
                for at, counts in self.thresholds
            ],
        }


def evaluate_decisions(
    warehouse: Engine,
    linkage: Linkage,
    model: LinkageModel,
    decided: pa.Table,
    options: EngineOptions,
    thresholds: Sequence[float] = (),
) -> DecidedEvaluation:
    """Link the warehouse's records once more as if nobody had decided, and compare with what people decided.

    The night's own clusters honour the decisions, so they would always seem perfect.

    Args:
        decided: decision, and the columns of both records' keys.
        thresholds: match weights to measure besides the usual ones.

    Raises:
        TruthError: nobody has decided anything, or only about records that are not there.
        ConfigError: a threshold lies below the near-miss threshold.
    """
    at = sorted({*usual_thresholds(linkage), *thresholds})
    refuse_unkept(linkage, at)
    with open_workspace(warehouse, linkage, options) as workspace:
        for columns in (MATCH_DECISION, DECISION_CONFLICT):
            workspace.execute(f"create or replace table {columns}")
        _create_decided_pairs(workspace, decided)
        pairs = workspace.row_count("decided_pair")
        if not pairs:
            raise TruthError(
                "no pair is decided whose records are both there, so there is nothing to measure by. Decide some "
                "(cdp link decide), or give a file: --truth FILE."
            )
        find_edges(workspace, linkage, model)
        assign_by_rules(workspace, "edge", linkage)
        measured = []
        for threshold in at:
            join_at(workspace, "edge", linkage, threshold)
            measured.append((threshold, _count(workspace)))
    return DecidedEvaluation(
        pairs=pairs,
        absent_pairs=decided.num_rows - pairs,
        match_threshold=linkage.match_threshold.match_weight,
        thresholds=measured,
    )


def _create_decided_pairs(workspace: Engine, decided: pa.Table) -> None:
    """Create `decided_pair` (left_record, right_record, is_match)."""
    with workspace.arrow_view(decided.select(["decision", *PAIR])) as view:
        workspace.replace_table(
            "decided_pair",
            f"""
            select l.record as left_record, r.record as right_record, decision = '{MUST_LINK}' as is_match
            from {view} as decided
            inner join record as l on {is_side("l", "left", "decided")}
            inner join record as r on {is_side("r", "right", "decided")}
            """,
        )


def _count(workspace: Engine) -> PairCounts:
    [(found, true, right)] = workspace.fetch_all(
        """
        select
            count(*) filter (where l.cluster = r.cluster),
            count(*) filter (where is_match),
            count(*) filter (where is_match and l.cluster = r.cluster)
        from decided_pair
        inner join assignment as l on left_record = l.record
        inner join assignment as r on right_record = r.record
        """
    )
    return PairCounts(found_pairs=found, true_pairs=true, right_pairs=right)
