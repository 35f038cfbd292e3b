"""The waterfall of a scored pair: what each comparison added to its match weight."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cdp_pipeline.report.drawing import Drawable, Rows, inline, themed, variable

if TYPE_CHECKING:
    import altair as alt

BARS_WIDTH, LABELS_WIDTH = 250, 300

ROW_HEIGHT = 24

TOTAL = "match weight"

SMALLEST_WEIGHT = 0.05
"""A smaller one is shown as nothing."""


def waterfall_chart(parts: Rows, match_weight: float, threshold: float) -> Drawable:
    """Draw each part as a bar that begins where the one before ended, and the sum below.

    Args:
        parts: words, match_weight (log2), in the order in which they add up.
        match_weight: their sum.
        threshold: drawn as a line: pairs from here on are joined.
    """
    import altair as alt

    rows = _bars(parts, match_weight)
    y = alt.Y("place:O", title=None).axis(
        labelExpr=f"{json.dumps([row['words'] for row in rows])}[datum.value]",
        labelLimit=LABELS_WIDTH,
        labelColor=variable("ink"),
        ticks=False,
        domain=False,
        labelPadding=8,
    )
    ends = [row[end] for row in rows for end in ("start", "end")]
    scale = alt.Scale(domain=[min(*ends, threshold) - 1.5, max(*ends, threshold) + 1.5], nice=False)
    x = alt.X("start:Q", title="match weight (log2)", scale=scale).axis(tickCount=6, domain=False)
    base = alt.Chart(inline(rows), width=BARS_WIDTH, height=ROW_HEIGHT * len(rows))
    colours = alt.Scale(
        domain=["for", "against", "sum"], range=[variable("good"), variable("bad"), variable("series-1")]
    )
    bars = base.mark_bar(height=13, cornerRadius=2).encode(
        y=y, x=x, x2="end:Q", color=alt.Color("side:N", scale=colours, legend=None), description="hover:N"
    )
    texts = base.mark_text(align="left", dx=5, color=variable("ink"), fontSize=11).encode(
        y=y, x=alt.X("right:Q", scale=scale), text="shown:N"
    )
    return themed(alt.layer(*_threshold(threshold, scale), bars, texts), _description(parts, match_weight))


def _bars(parts: Rows, match_weight: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    start = 0.0
    for part in parts:
        end = start + part["match_weight"]
        rows.append(_bar(part["words"], start, end, "for" if end >= start else "against"))
        start = end
    return [
        {**row, "place": place} for place, row in enumerate([*rows, _bar(TOTAL, 0.0, match_weight, "sum")])
    ]


def _bar(words: str, start: float, end: float, side: str) -> dict[str, Any]:
    weight = end - start
    shown = "0.0" if abs(weight) < SMALLEST_WEIGHT else f"{weight:+.1f}".replace("-", "−")
    shown = shown.removeprefix("+") if side == "sum" else shown
    return {
        "words": words,
        "start": round(start, 4),
        "end": round(end, 4),
        "right": round(max(start, end), 4),
        "side": side,
        "shown": shown,
        "hover": f"{words}: {shown}",
    }


def _threshold(threshold: float, scale: alt.Scale) -> list[alt.Chart]:
    import altair as alt

    at = alt.Chart(inline([{"threshold": threshold}]))
    return [
        at.mark_rule(strokeDash=[4, 3], strokeWidth=1.5, color=variable("muted")).encode(
            x=alt.X("threshold:Q", scale=scale)
        )
    ]


def _description(parts: Rows, match_weight: float) -> str:
    spoke = "; ".join(f"{part['words']} {part['match_weight']:+.1f}" for part in parts)
    return f"What each comparison added to the match weight of {match_weight:.1f}: {spoke}."
