"""The queued pairs of the published night, with what is known of either side.

It holds personal data: for the terminal or the file of the person who reviews, no log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_decisions import matches_in_force
from cdp_pipeline.engine import Engine
from cdp_pipeline.link.review_queue import ReviewKind, queue_pairs
from cdp_pipeline.nightly.contradicting_traits import contradicting_traits
from cdp_pipeline.nightly.explain.links import CONTRADICTION, told_edge
from cdp_pipeline.nightly.published import require_published
from cdp_pipeline.nightly.review.queries import NO_REVENUE, REVENUE
from cdp_pipeline.nightly.review.sides import KnownRecords, Row, Side


@dataclass(frozen=True)
class ReviewPair:
    """A pair that a person should look at.

    Attributes:
        position: place in the queue, from 1.
        is_joined: whether the night made them one person.
        match_weight: log2; declared for rules, calibrated for what the model compared.
        because: what proposed the pair, in words; `why` is the reason that linkage.yml gives, if any.
        match_probability: 0 to 1; None for rules.
        vetoed_by: what speaks against a refused pair, as `link.edge` names it.
        contradicting: the trait of which both customers together have two, where only along a chain of records they do.
        evidence: per comparison of the model comparison, comparison_level, match_weight, words; empty for rules.
        record_count: records of the customers concerned; `revenue_eur` is their revenue.
    """

    position: int
    kind: ReviewKind
    left: Side
    right: Side
    is_joined: bool
    edge_name: str
    match_weight: float
    because: str
    why: str | None
    match_probability: float | None
    vetoed_by: str | None
    contradicting: str | None
    evidence: list[Row]
    record_count: int
    revenue_eur: Decimal


def read_queue(project: Project, limit: int) -> list[ReviewPair]:
    """Return the pairs of the published night whose decision matters most and is still open, in order.

    Works while a night runs: it reads what was published, and the decisions that are in force today.

    Raises:
        NightError: no night is published.
        ControlError: the control database cannot be read.
    """
    folder = require_published(project)
    decided = matches_in_force(project, datetime.now(UTC).date())
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        revenue = REVENUE if engine.table_exists("segment.purchase_in_euros") else NO_REVENUE
        with engine.arrow_view(decided) as view:
            queue = queue_pairs(engine, f"from {view}", revenue, limit)
        known, traits = KnownRecords.of(engine, queue), _contradicting_traits(engine, queue)
    return [
        _review_pair({**row, "contradicting": traits.get(row["position"])}, known, project)
        for row in queue.to_pylist()
    ]


def _contradicting_traits(engine: Engine, queue: pa.Table) -> dict[int, str]:
    """Return by position in what the customers of a pair contradict each other, where linkage does not say it."""
    with engine.arrow_view(queue) as view:
        chained = (
            "select position, left_customer_id as customer_id, right_customer_id as other_customer_id"
            f" from {view} where vetoed_by = '{CONTRADICTION}'"
        )
        return dict(
            engine.fetch_all(
                f"select position, contradicting from ({chained})"
                f" inner join ({contradicting_traits(chained)}) using (customer_id, other_customer_id)"
            )
        )


def _review_pair(row: Row, known: KnownRecords, project: Project) -> ReviewPair:
    told = told_edge(row, project.linkage)
    left, right = known.sides(row)
    return ReviewPair(
        position=row["position"],
        kind=ReviewKind(row["review_kind"]),
        left=left,
        right=right,
        is_joined=row["left_customer_id"] == row["right_customer_id"],
        evidence=told["comparison_weights"] or [],
        **{name: told[name] for name in ("because", "why", "match_probability")},
        **{
            name: row[name]
            for name in (
                "edge_name",
                "match_weight",
                "vetoed_by",
                "contradicting",
                "record_count",
                "revenue_eur",
            )
        },
    )
