"""Everything that an evaluation of linkage finds, as one document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.link.evaluation_ceiling import BlockingCeiling, measure_ceiling
from cdp_pipeline.link.evaluation_curve import ThresholdQuality, measure_thresholds, usual_thresholds
from cdp_pipeline.link.evaluation_troubles import TroubleQuality, measure_troubles
from cdp_pipeline.link.evaluation_truth import EVALUATED, TRUTH, Coverage, create_evaluated_records
from cdp_pipeline.link.quality import ClusterQuality, PairCounts, measure_clusters
from cdp_pipeline.link.workspace import RECORD_KEY, open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from cdp_pipeline.contracts.linkage import Linkage

DECIMALS = 6
"""Of shares in the document: beyond them nobody reads on."""


@dataclass(frozen=True)
class Evaluation:
    """How good linkage is.

    Attributes:
        truth: the file of the truth.
        linked: what was evaluated, in words.
        troubles: pairs per kind of trouble, those without any first; empty where the truth tells none.
        thresholds: quality at other thresholds; empty for clusters of which no edges are kept.
        match_threshold: the configured one.
    """

    truth: str
    linked: str
    coverage: Coverage
    quality: ClusterQuality
    troubles: list[TroubleQuality]
    thresholds: list[ThresholdQuality]
    ceiling: BlockingCeiling | None
    match_threshold: float | None

    def as_document(self) -> dict[str, Any]:
        """Return all figures as plain values, shares rounded; a threshold of null stands for the rules alone."""
        return {
            "truth": self.truth,
            "linked": self.linked,
            "coverage": asdict(self.coverage),
            "quality": _figures(self.quality),
            "ceiling": _rounded(asdict(self.ceiling)) if self.ceiling else None,
            "match_threshold": self.match_threshold,
            "thresholds": [
                {"match_weight": at.match_weight if isfinite(at.match_weight) else None}
                | _figures(at.quality)
                for at in self.thresholds
            ],
            "troubles": [_figures(trouble) for trouble in self.troubles],
        }


def evaluate_night(
    warehouse: Engine,
    linkage: Linkage,
    truth: pa.Table,
    origin: str,
    options: EngineOptions,
    thresholds: Sequence[float] = (),
) -> Evaluation:
    """Measure the clusters of a warehouse whose `link` tables are built.

    Args:
        truth: as `create_evaluated_records` takes it.
        thresholds: match weights to measure besides the usual ones.

    Raises:
        TruthError: the truth cannot serve.
        ConfigError: a threshold lies below the pairs that were kept.
    """
    keys = ", ".join(RECORD_KEY)
    clusters = warehouse.fetch_arrow(f"select {keys}, cluster_id as cluster from link.cluster")
    with open_workspace(warehouse, linkage, options) as workspace:
        with workspace.arrow_view(clusters) as cluster:
            linked = workspace.fetch_arrow(
                f"select record, {keys}, cluster from record inner join {cluster} using ({keys})"
            )
        coverage = create_evaluated_records(workspace, linked, truth, origin)
        at = sorted({*usual_thresholds(linkage), *thresholds})
        return Evaluation(
            truth=origin,
            linked="the last night",
            coverage=coverage,
            quality=measure_clusters(workspace, EVALUATED, TRUTH),
            troubles=measure_troubles(workspace),
            thresholds=measure_thresholds(warehouse, workspace, linkage, at),
            ceiling=measure_ceiling(workspace, linkage),
            match_threshold=linkage.match_threshold.match_weight,
        )


def evaluate_clusters(
    clusters: pa.Table, clusters_origin: str, truth: pa.Table, origin: str, options: EngineOptions
) -> Evaluation:
    """Measure clusters that came from elsewhere, such as a linked file.

    Args:
        clusters: as `create_evaluated_records` takes linked records.

    Raises:
        TruthError: the truth cannot serve.
    """
    with Engine.open(options=options) as engine:
        coverage = create_evaluated_records(engine, clusters, truth, origin)
        return Evaluation(
            truth=origin,
            linked=clusters_origin,
            coverage=coverage,
            quality=measure_clusters(engine, EVALUATED, TRUTH),
            troubles=measure_troubles(engine),
            thresholds=[],
            ceiling=None,
            match_threshold=None,
        )


def _figures(pairs: PairCounts) -> dict[str, Any]:
    shares = {"precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1}
    if isinstance(pairs, ClusterQuality):
        shares["b_cubed_f1"] = pairs.b_cubed_f1
    return _rounded(asdict(pairs) | shares)


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, DECIMALS) if isinstance(value, float) else value for name, value in figures.items()
    }
