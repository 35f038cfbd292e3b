"""Something counted by match weight, one colour per kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdp_pipeline.plural import counted
from cdp_pipeline.report.drawing import WIDTH, Drawable, Rows, inline, variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt

HEADROOM = 1.2
"""Above the highest bar, for the words at the threshold."""

LEAST_SPAN = 10
"""Bits of match weight that the axis shows at least."""


def weight_histogram(
    rows: Rows, kinds: Mapping[str, tuple[str, str]], unit: str, threshold: float | None
) -> Drawable:
    """Return a histogram without theme and description.

    Args:
        rows: match_weight (lower end of the bin, log2), bin_width, kind, count.
        kinds: by kind its name in the legend and its colour, in their order.
        unit: what is counted, in the singular.
        threshold: match weight from which pairs are joined; drawn as a line.
    """
    import altair as alt

    data = [_bar(row, kinds[row["kind"]][0], unit) for row in rows]
    there = [kinds[kind] for kind in kinds if any(row["kind"] == kind for row in rows)]
    colours = alt.Scale(domain=[name for name, _ in there], range=[variable(colour) for _, colour in there])
    bins = {row["match_weight"] for row in rows}
    highest = max((sum(r["count"] for r in rows if r["match_weight"] == at) for at in bins), default=1)
    bars = (
        alt.Chart(inline(data), width=WIDTH - 40, height=170)
        .mark_bar(binSpacing=2)
        .encode(
            x=alt.X("from:Q", bin="binned", title="match weight (log2 odds)", scale=_span(data)).axis(
                tickCount=8, grid=False
            ),
            x2="to:Q",
            y=alt.Y("count:Q", title=None, stack="zero", scale=alt.Scale(domainMax=HEADROOM * highest)).axis(
                tickCount=min(4, highest), format=",d", domain=False
            ),
            color=alt.Color("kind:N", scale=colours, title=None).legend(orient="top", offset=6),
            order=alt.Order("kind:N"),
            description=alt.Description("hover:N"),
        )
    )
    return alt.layer(bars, *([] if threshold is None else _threshold(threshold)))


def _bar(row: Mapping[str, Any], name: str, unit: str) -> dict[str, Any]:
    low, high, count = row["match_weight"], row["match_weight"] + row["bin_width"], row["count"]
    return {
        "from": low,
        "to": high,
        "kind": name,
        "count": count,
        "hover": f"{name}, {low:g} to {high:g}: {counted(count, unit)}",
    }


def _span(bars: Rows) -> alt.Scale:
    """Begin at even odds or below, and show some range: one bar alone would fill the drawing."""
    import altair as alt

    low = min((row["from"] for row in bars), default=0)
    high = max((row["to"] for row in bars), default=0)
    return alt.Scale(domain=[min(low, 0), max(high, min(low, 0) + LEAST_SPAN)], nice=False)


def _threshold(match_weight: float) -> list[alt.Chart]:
    import altair as alt

    at = alt.Chart(inline([{"at": match_weight, "text": f"joined from {match_weight:g}"}]))
    rule = at.mark_rule(strokeDash=[4, 3], strokeWidth=1.5, color=variable("ink")).encode(x="at:Q")
    text = at.mark_text(align="left", dx=5, baseline="top", y=0, color=variable("ink"), fontSize=11.5)
    return [rule, text.encode(x="at:Q", text="text:N")]
