"""`quality.html`: what both gates found, rule by rule and over nights, as one file that needs nothing else.

It stands in for Great Expectations' Data Docs, which print values of customers and load scripts from elsewhere.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

from cdp_pipeline.night import Night
from cdp_pipeline.report.drawing import PALETTE
from cdp_pipeline.report.quality_facts import QualityFacts, Rules, Trend, gather_quality_facts
from cdp_pipeline.report.render import REPORT_NAME, page_environment

QUALITY_NAME = "quality.html"
BAR_STEP, BAR_WIDTH, HEIGHT = 5, 4, 26
"""Of a trend, in pixels."""

FAILED_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Quality</title></head><body>'
    "<p>This page could not be made tonight; the log says why. The night itself is complete.</p></body></html>\n"
)

_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Bar:
    """One night of a trend as it is drawn: all of it, and the bad part of it, from the ground up."""

    x: int
    height: float
    bad_height: float
    label: str


def write_quality_page(night: Night, rules: Rules, folder: Path) -> Path:
    """Write `quality.html` about the night whose tables stand in the working file.

    A page that fails says so and stops no night that is otherwise good.

    Args:
        rules: the expectations in force, by table and name.
    """
    path = folder / QUALITY_NAME
    try:
        page = render_quality_page(gather_quality_facts(night, rules))
    except Exception as error:
        log = logging.getLogger(__name__)
        log.warning("%s: the page could not be made (%s)", QUALITY_NAME, type(error).__name__)
        page = FAILED_PAGE
    path.write_text(page, encoding="utf-8")
    return path


def render_quality_page(facts: QualityFacts) -> str:
    """Render the page. Equal facts give equal bytes: nothing in it depends on the clock."""
    environment = page_environment()
    environment.filters.update(coded=_coded, bars=bars)
    return environment.get_template("quality_page.html.jinja").render(
        facts=facts,
        palette=PALETTE,
        report_name=REPORT_NAME,
        step=BAR_STEP,
        bar_width=BAR_WIDTH,
        height=HEIGHT,
    )


def bars(trend: Trend) -> list[Bar]:
    """Lay a trend out, its greatest number as high as the drawing; what is not nothing is seen."""
    most = max((value or 0 for value in trend.values), default=0) or 1
    return [
        Bar(
            x=place * BAR_STEP,
            height=_height(value or 0, most),
            bad_height=_height(min(bad, value or 0), most),
            label=f"{day.isoformat()}: {'–' if value is None else f'{value:,}'}",
        )
        for place, (day, value, bad) in enumerate(zip(trend.nights, trend.values, trend.bad, strict=True))
    ]


def _height(value: int, most: int) -> float:
    return max(2.0, round(HEIGHT * value / most, 1)) if value else 0.0


def _coded(text: str) -> Markup:
    """Escape a sentence and set its names, which stand in backticks, as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped a moment ago
