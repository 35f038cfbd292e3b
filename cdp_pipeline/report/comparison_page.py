"""`cdp link compare --html`: what two runs of linkage make of the same records differently, on one page.

It needs nothing else. Names of nights, edges and records come from elsewhere: the template escapes all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cdp_pipeline.report.comparison_charts import edge_chart, strength_chart
from cdp_pipeline.report.drawing import PALETTE, Plan, draw_all
from cdp_pipeline.report.render import page_environment

MOST_NAMES = 14
"""Edge names in the chart; the table holds all."""


def render_comparison_page(document: Mapping[str, Any]) -> str:
    """Render the page. Equal documents give equal bytes.

    Args:
        document: before, after, remark (sentences), headline, counts, events, and `changes`, for joined and parted
            ones what divides and connects them: change, customers, strengths, divided, edges, samples.
    """
    return (
        page_environment()
        .get_template("comparison.html.jinja")
        .render(
            comparison=document,
            drawings=draw_all("the comparison", _charts(document["changes"], document["match_threshold"])),
            palette=PALETTE,
        )
    )


def _charts(changes: Sequence[Mapping[str, Any]], threshold: float | None) -> Plan:
    for change in changes:
        name = change["change"]
        if change["strengths"]:
            title = f"Strongest edge of customers that are {name}"
            yield f"{name}_strengths", title, partial(strength_chart, change["strengths"], name, threshold)
        if change["edges"]:
            drawn = set(list(dict.fromkeys(row["name"] for row in change["edges"]))[:MOST_NAMES])
            rows = [row for row in change["edges"] if row["name"] in drawn]
            yield f"{name}_edges", f"Edges of customers that are {name}", partial(edge_chart, rows)
