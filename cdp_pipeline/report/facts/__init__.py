"""The figures of a night: small frozen dataclasses, one module per part of the page.

All of them are counts, sums and names from configuration, computed by SQL over the working file's tables. No
query returns a value of a person. A part whose tables the project does not have is None, and the page leaves
it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cdp_pipeline.night import Night
from cdp_pipeline.report.facts.activations import Activations, gather_activations
from cdp_pipeline.report.facts.consent import ConsentCoverage, gather_consent
from cdp_pipeline.report.facts.customers import Customers, gather_customers
from cdp_pipeline.report.facts.deliveries import Deliveries, gather_deliveries
from cdp_pipeline.report.facts.purchases import Purchases, gather_purchases
from cdp_pipeline.report.facts.quality import Quality, gather_quality
from cdp_pipeline.report.facts.segments import Segments, gather_segments


@dataclass(frozen=True)
class EarlierNight:
    """The published night before this one, to compare with.

    Attributes:
        records: source records that had a customer.
    """

    business_date: date
    customers: int
    records: int


@dataclass(frozen=True)
class NightFacts:
    """Everything that the page shows."""

    title: str
    business_date: date
    run_id: str
    before: EarlierNight | None
    deliveries: Deliveries | None
    customers: Customers | None
    segments: Segments | None
    consent: ConsentCoverage | None
    activations: Activations | None
    quality: Quality | None
    purchases: Purchases | None


def gather_facts(night: Night, before: EarlierNight | None = None) -> NightFacts:
    """Compute the figures of the night whose tables stand in the working file."""
    return NightFacts(
        title=night.project.settings.title,
        business_date=night.business_date,
        run_id=night.run_id,
        before=before,
        deliveries=gather_deliveries(night),
        customers=gather_customers(night),
        segments=gather_segments(night),
        consent=gather_consent(night),
        activations=gather_activations(night),
        quality=gather_quality(night),
        purchases=gather_purchases(night),
    )
