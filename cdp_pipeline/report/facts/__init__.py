"""The figures of a night: small frozen dataclasses, one module per part of the page.

All of them are counts, sums and names from configuration, computed by SQL over the working file's tables. No
query returns a value of a person. A part whose tables the project does not have is None, and the page leaves
it out; so is one whose figures could not be gathered, and the page says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from cdp_pipeline.night import Night
from cdp_pipeline.report.facts.activations import Activations, gather_activations
from cdp_pipeline.report.facts.consent import ConsentCoverage, gather_consent
from cdp_pipeline.report.facts.customers import Customers, gather_customers
from cdp_pipeline.report.facts.deliveries import Deliveries, gather_deliveries
from cdp_pipeline.report.facts.purchases import Purchases, gather_purchases
from cdp_pipeline.report.facts.quality import Quality, gather_quality
from cdp_pipeline.report.facts.segments import Segments, gather_segments

PartT = TypeVar("PartT")


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
    """Everything that the page shows.

    Attributes:
        failed: names of the parts whose figures could not be gathered.
        held_back: why no activation file was written this night; empty where they were.
        reminders: what waits for people in the house, in sentences without personal data.
    """

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
    failed: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()
    reminders: tuple[str, ...] = ()


def gather_facts(
    night: Night,
    before: EarlierNight | None = None,
    held_back: Sequence[str] = (),
    reminders: Sequence[str] = (),
) -> NightFacts:
    """Compute the figures of the night whose tables stand in the working file.

    A part that fails is left out: a page of figures stops no night that is otherwise good.
    """
    failed: list[str] = []

    def part(name: str, gather: Callable[[Night], PartT | None]) -> PartT | None:
        try:
            return gather(night)
        except Exception as error:
            log = logging.getLogger(__name__)
            log.warning("report: the part %s could not be gathered (%s)", name, type(error).__name__)
            failed.append(name)
            return None

    return NightFacts(
        title=night.project.settings.title,
        business_date=night.business_date,
        run_id=night.run_id,
        before=before,
        deliveries=part("deliveries", gather_deliveries),
        customers=part("customers", gather_customers),
        segments=part("segments", gather_segments),
        consent=part("consent", gather_consent),
        activations=part("activations", gather_activations),
        quality=part("quality", gather_quality),
        purchases=part("purchases", gather_purchases),
        held_back=tuple(held_back),
        reminders=tuple(reminders),
        failed=tuple(failed),  # the last argument: by now every part has been tried
    )
