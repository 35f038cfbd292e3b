"""The page: figures and drawings put into the template, as one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from cdp_pipeline.night import Night
from cdp_pipeline.plural import counted
from cdp_pipeline.report import chart_rows, charts
from cdp_pipeline.report.attention import calm, worth_a_look
from cdp_pipeline.report.drawing import PALETTE, Plan, draw_all
from cdp_pipeline.report.facts import EarlierNight, NightFacts, gather_facts
from cdp_pipeline.report.facts.customers import MANY_RECORDS
from cdp_pipeline.report.facts.small_counts import SMALLEST_SHOWN, ShownCount, shown_cells, shown_count

REPORT_NAME = "report.html"

PART_TITLES = {
    "segments": "Segments",
    "activations": "Activations",
    "consent": "Consent",
    "customers": "Customers found",
    "purchases": "Purchases",
    "deliveries": "Deliveries",
    "quality": "Quality",
}
"""The parts of the page, in its order."""


def write_report(
    night: Night,
    folder: Path,
    before: EarlierNight | None = None,
    held_back: Sequence[str] = (),
    reminders: Sequence[str] = (),
) -> Path:
    """Write `report.html` about the night whose tables stand in the working file.

    Args:
        before: the published night before this one, to compare with.
        held_back: why no activation file was written; empty where they were.
        reminders: what waits for people in the house, in sentences.
    """
    path = folder / REPORT_NAME
    path.write_text(render_page(gather_facts(night, before, held_back, reminders)), encoding="utf-8")
    return path


def render_page(facts: NightFacts) -> str:
    """Render the page. Equal facts give equal bytes: nothing in it depends on the clock."""
    return (
        page_environment()
        .get_template("page.html.jinja")
        .render(
            facts=facts,
            notices=worth_a_look(facts),
            calm=calm(facts),
            titles=PART_TITLES,
            drawings=draw_all(REPORT_NAME, _planned(facts)),
            palette=PALETTE,
            smallest_shown=SMALLEST_SHOWN,
            many_records=MANY_RECORDS,
        )
    )


def page_environment() -> Environment:
    """Make what renders the templates of this package: strict, escaping, with their filters."""
    environment = Environment(
        loader=PackageLoader("cdp_pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=_number,
        percent=_percent,
        signed=_signed,
        day=_day,
        words=_words,
        people=lambda people: shown_count(people).text,
        cells=shown_cells,
        share=_share,
        width=_width,
        counted=counted,
    )
    return environment


def _planned(facts: NightFacts) -> Plan:
    """Yield name, title and maker of every chart for which there are figures."""
    segments, customers, purchases = facts.segments, facts.customers, facts.purchases
    if segments and segments.nights:
        rows = chart_rows.segment_sizes(segments)
        yield "segment_sizes", "Segment sizes over nights", lambda: charts.segment_sizes_chart(rows)
    if customers and customers.customers:
        combinations = chart_rows.source_overlap(customers)
        yield (
            "overlap",
            "Sources that know the same customers",
            lambda: charts.source_overlap_chart(combinations),
        )
        counts = chart_rows.records_per_customer(customers)
        yield (
            "records_per_customer",
            "Records per customer",
            lambda: charts.records_per_customer_chart(counts),
        )
    if customers and customers.scored:
        pairs, threshold = chart_rows.scored_pairs(customers), customers.threshold
        yield "match_weights", "Match weights", lambda: charts.match_weight_histogram(pairs, threshold)
    if purchases and purchases.months:
        months, currency = chart_rows.revenue(purchases), purchases.currency
        yield "revenue", "Net revenue by month", lambda: charts.revenue_chart(months, currency)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.0f}"


def _percent(part: int, whole: int) -> str:
    """Write a share; what is neither nothing nor everything is never rounded to it."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 1:
        return "<1 %"
    return ">99 %" if 99 < share < 100 else f"{share:.0f} %"


def _share(count: ShownCount, whole: int) -> str:
    """Write a share of people, no more exact than the number as it is shown."""
    return "–" if count.is_small else _percent(min(count.people, whole), whole)


def _width(part: int, whole: int) -> int:
    """Return the length of a bar in whole per cents, so that it says no more than its number; at least one."""
    return min(100, max(1, round(100 * part / whole))) if part and whole else 0


def _signed(difference: int) -> str:
    return f"{difference:+,}".replace("-", "−") if difference else "±0"


def _day(value: date, pattern: str = "%A, {day} %B %Y") -> str:
    return value.strftime(pattern.replace("{day}", str(value.day)))


def _words(name: str) -> str:
    return name.replace("_", " ")
