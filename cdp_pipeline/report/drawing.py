"""The theme of all charts, and a chart's way to SVG and PNG."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree

from markupsafe import Markup

if TYPE_CHECKING:
    import altair as alt

Drawable: TypeAlias = "alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.Chart"

Rows = Sequence[Mapping[str, Any]]
"""A few aggregated rows."""

Plan = Iterable[tuple[str, str, Callable[[], Drawable]]]
"""The charts of a page: name, title and maker of each."""

WIDTH = 460
"""Width in pixels for which charts are drawn: readable in a column of a page and on a phone."""

PALETTE: dict[str, tuple[str, str]] = {
    "ground": ("#f5f6f8", "#0f1319"),
    "surface": ("#ffffff", "#171c24"),
    "ink": ("#151a23", "#e9edf3"),
    "muted": ("#586273", "#9aa5b5"),
    "line": ("#dfe3e9", "#2b333f"),
    "track": ("#e9ecf1", "#252d38"),
    "quiet": ("#a9b4c3", "#5d6a7c"),
    "quiet-text": ("#6f7a8a", "#7d899a"),
    "series-1": ("#1f5fbf", "#6ea8ff"),
    "series-2": ("#d9772b", "#f2a259"),
    "series-3": ("#1c8a72", "#4cc7a8"),
    "series-4": ("#8a55b8", "#c094ea"),
    "series-5": ("#b0435f", "#ee8aa3"),
    "good": ("#1c7f5c", "#53c79b"),
    "bad": ("#c2362f", "#ff8178"),
}
"""Every colour by name, for light and for dark."""

_SVG = "{http://www.w3.org/2000/svg}"
_NOISE = ("role", "aria-roledescription", "aria-hidden", "aria-label", "class", "pointer-events")
"""Attributes for screen readers, meaningless inside a drawing that is one image, and for scripts."""


def variable(name: str) -> str:
    """Return the CSS variable of a colour, which is the light theme's colour where no page defines it."""
    return f"var(--{name}, {PALETTE[name][0]})"


def inline(rows: Rows) -> alt.InlineData:
    """Put rows into the chart itself: without a data frame there is no type to guess."""
    import altair as alt

    return alt.InlineData(values=[dict(row) for row in rows])


def themed(chart: Drawable, description: str) -> Drawable:
    """Give a chart the theme, and the sentence that says in words what it shows."""
    ink, muted, line = variable("ink"), variable("muted"), variable("line")
    config: dict[str, Any] = {
        "background": "transparent",
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": {
            "labelColor": muted,
            "labelFontSize": 11,
            "titleColor": muted,
            "titleFontSize": 11.5,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "gridColor": line,
            "domainColor": line,
            "tickColor": line,
        },
        "legend": {"labelColor": ink, "labelFontSize": 12, "symbolType": "square", "symbolSize": 90},
        "header": {"labelColor": ink},
    }
    chart.config = config
    chart.description = description
    return chart


def panel_header(**more: Any) -> dict[str, Any]:
    """Return how the name of a panel stands above it: on its left side, in bold ink; `more` comes on top."""
    return {"labelAnchor": "start", "labelFontWeight": 600, "labelColor": variable("ink"), **more}


def panel_per_comparison(data: Rows, *marks: alt.Chart) -> Drawable:
    """Lay the levels of each comparison of a model out in a panel of its own, one below the other.

    Args:
        data: comparison, level and order (place of the level in its comparison), and what the marks encode.
        marks: without data and without y, which is the level.
    """
    import altair as alt

    level = alt.Y("level:N", title=None, sort=alt.SortField("order")).axis(
        labelLimit=230, ticks=False, domain=False, labelPadding=6
    )
    layers = alt.layer(*(mark.encode(y=level) for mark in marks), data=inline(data))
    order = list(dict.fromkeys(row["comparison"] for row in data))
    header = panel_header(labelOrient="top", labelPadding=4)
    name = alt.Row("comparison:N", title=None, sort=order).header(**header)
    panels = layers.properties(width=WIDTH - 140, height=alt.Step(18)).facet(row=name, spacing=14)
    chart: Drawable = panels.resolve_scale(y="independent")
    return chart


def draw_all(page: str, plan: Plan) -> dict[str, Markup | None]:
    """Draw the charts of a page by name; None for one that cannot be drawn.

    The figures behind a chart stand on the page, too, so a drawing that fails loses nothing and stops no night.
    """
    return {name: _draw(page, name, title, make) for name, title, make in plan}


def _draw(page: str, name: str, title: str, make: Callable[[], Drawable]) -> Markup | None:
    try:
        return Markup(to_svg(make(), title))  # noqa: S704 - an SVG of our own; its texts are escaped
    except Exception as error:
        log = logging.getLogger(__name__)
        log.warning("%s: the chart %s could not be drawn (%s)", page, name, type(error).__name__)
        return None


def to_svg(chart: Drawable, title: str | None = None) -> str:
    """Draw a chart as an SVG element for a page: one image with title and description, no outside reference.

    Args:
        title: name of the image for screen readers; without one, the chart's description serves.
    """
    import vl_convert

    spec = chart.to_dict()
    drawing = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    description = str(spec.get("description", ""))
    return _as_image(drawing, title or description, description, "c" + _digest(spec))


def to_png(chart: Drawable, scale: float = 2) -> bytes:
    """Draw a chart as PNG in the light colours, on white.

    Args:
        scale: pixels per CSS pixel.
    """
    import vl_convert

    text = json.dumps(chart.to_dict())
    spec = json.loads(re.sub(r"var\(--[a-z0-9-]+, (#[0-9a-f]{6})\)", r"\1", text))
    spec["config"]["background"] = PALETTE["surface"][0]
    return bytes(vl_convert.vegalite_to_png(spec, scale=scale, allowed_base_urls=[]))


def _digest(spec: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:8]


def _as_image(drawing: str, title: str, description: str, prefix: str) -> str:
    """Turn vl_convert's drawing into one accessible image whose ids are unique in the page."""
    ids = dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawing))  # Vega counts them through the whole process
    for place, name in enumerate(ids):
        drawing = drawing.replace(f'id="{name}"', f'id="{prefix}-{place}"')
        drawing = drawing.replace(f"url(#{name})", f"url(#{prefix}-{place})")
    root = ElementTree.fromstring(drawing)  # noqa: S314 - drawn by ourselves a moment ago
    for element in root.iter():
        _name_mark(element)
        for attribute in _NOISE:
            element.attrib.pop(attribute, None)
        element.tag = element.tag.removeprefix(_SVG)
    for name, text in (("desc", description), ("title", title)):
        label = ElementTree.Element(name, {"id": f"{prefix}-{name}"})
        label.text = text
        root.insert(0, label)
    root.attrib.update({"role": "img", "aria-labelledby": f"{prefix}-title {prefix}-desc"})
    root.attrib.pop("version", None)
    return ElementTree.tostring(root, encoding="unicode")


def _name_mark(element: ElementTree.Element) -> None:
    """Let a mark say its numbers under the pointer."""
    text = element.get("aria-label")
    if text and element.get("role") == "graphics-symbol" and element.tag in {f"{_SVG}path", f"{_SVG}rect"}:
        ElementTree.SubElement(element, f"{_SVG}title").text = text
