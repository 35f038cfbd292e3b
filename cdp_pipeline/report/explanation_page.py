"""`explain --html`: one customer on one page that needs nothing else. It holds personal data.

Values come from other people's systems: the template escapes all of them, and the page runs no script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from cdp_pipeline.report.drawing import PALETTE, draw_all
from cdp_pipeline.report.explanation_charts import waterfall_chart
from cdp_pipeline.report.render import page_environment

MOST_DRAWINGS = 24
"""So many pairs are drawn; the figures of the others stand in their tables all the same."""


def render_explanation_page(document: Mapping[str, Any]) -> str:
    """Render the page. Equal documents give equal bytes.

    Args:
        document: the fields of an explanation by name; edges, and refused ones by pair, with `parts`, what spoke, in
            words, and `silent`, what said nothing.
    """
    threshold = document["match_threshold"]
    room = MOST_DRAWINGS
    strongest_first = sorted(document["edges"], key=_by_strength)
    links = [_drawn(edge, threshold, room) for edge in strongest_first if edge["is_link"]]
    room -= sum(edge["drawing"] is not None for edge in links)
    refused = [
        [_drawn(row, threshold, room - place) for row in rows]
        for place, rows in enumerate(document["refused"])
    ]
    environment = page_environment()
    environment.filters.update(shown=_shown, signed_weight=_signed_weight)
    return environment.get_template("explanation.html.jinja").render(
        explanation=document,
        declared=_groups([edge for edge in links if edge["match_probability"] is None]),
        scored=[edge for edge in links if edge["match_probability"] is not None],
        refused=refused,
        palette=PALETTE,
    )


def _by_strength(edge: Mapping[str, Any]) -> tuple[Any, ...]:
    return -edge["match_weight"], edge["edge_name"], edge["left_label"], edge["right_label"]


def _drawn(edge: Mapping[str, Any], threshold: float, room: int) -> dict[str, Any]:
    """Return an edge with its waterfall; the figures beside it lose nothing if it cannot be drawn."""
    drawing = None
    if edge["parts"] and room > 0:
        plan = [
            (
                "of a pair",
                "Match weight, part by part",
                partial(waterfall_chart, edge["parts"], edge["match_weight"], threshold),
            )
        ]
        [drawing] = draw_all("the explanation", plan).values()
    return {**edge, "drawing": drawing}


def _groups(edges: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return the edges of each rule together, in their order."""
    by_rule: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for edge in edges:
        by_rule.setdefault((edge["edge_kind"], edge["edge_name"]), []).append(edge)
    return list(by_rule.values())


def _shown(value: object) -> str:
    match value:
        case None:
            return "–"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _signed_weight(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
