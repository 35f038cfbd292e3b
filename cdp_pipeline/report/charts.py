"""Charts of a night as Altair charts, and their way to SVG and PNG without a browser or the internet.

Every function takes a few aggregated rows (plain mappings, no data frames) and returns a chart; `to_svg` and
`to_png` draw it. Colours are CSS variables with the light theme's colour as fallback: inside a page that
defines them the drawing follows light and dark, and alone it is light.

Altair and vl_convert are imported when the first chart is made: they take seconds.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from cdp_pipeline.report.customer_charts import (
    match_weight_histogram,
    records_per_customer_chart,
    source_overlap_chart,
)
from cdp_pipeline.report.drawing import (
    PALETTE,
    WIDTH,
    Drawable,
    Rows,
    inline,
    panel_header,
    panel_per_comparison,
    themed,
    to_png,
    to_svg,
    variable,
)

__all__ = [
    "PALETTE",
    "Drawable",
    "match_weight_histogram",
    "match_weights_chart",
    "records_per_customer_chart",
    "revenue_chart",
    "segment_sizes_chart",
    "source_overlap_chart",
    "to_png",
    "to_svg",
]

MANY_NIGHTS = 9
"""From so many nights on, lines show the newest point alone."""

SERIES = ("series-1", "series-2", "series-3", "series-4", "series-5")


def segment_sizes_chart(rows: Rows) -> Drawable:
    """Draw how large each segment was on each night, one small panel per segment.

    Args:
        rows: segment (or title, shown instead if present), business_date (ISO), member_count. Panels come
            in the order in which the rows name them.
    """
    import altair as alt

    newest = max((row["business_date"] for row in rows), default=None)
    names = {row["segment"]: row.get("title", row["segment"]) for row in rows}
    now = {row["segment"]: f": {row['member_count']:,}" for row in rows if row["business_date"] == newest}
    data = [
        {
            "panel": f"{names[row['segment']]}{now.get(row['segment'], '')}",
            "night": row["business_date"],
            "members": row["member_count"],
            "is_newest": row["business_date"] == newest,
            "hover": f"{names[row['segment']]}, {row['business_date']}: {row['member_count']:,}",
        }
        for row in rows
    ]
    nights = len({row["night"] for row in data})
    base = alt.Chart().encode(
        x=alt.X("night:T", title=None, scale=alt.Scale(type="utc", padding=10)).axis(
            format="%-d %b", grid=False, labelFlush=False, **_ticks({row["night"] for row in data})
        ),
        y=alt.Y("members:Q", title=None, scale=alt.Scale(zero=False, padding=10)).axis(
            tickCount=2, format=",d", domain=False, ticks=False, labelFlush=True
        ),
        description=alt.Description("hover:N"),
    )
    line = base.mark_line(strokeWidth=2, color=variable("series-1"))
    marked = base if nights < MANY_NIGHTS else base.transform_filter("datum.is_newest")
    point = marked.mark_point(size=34, filled=True, opacity=1, color=variable("series-1"))
    panels = alt.layer(line, point, data=inline(data)).properties(width=172, height=62)
    order = list(dict.fromkeys(row["panel"] for row in data))
    header = panel_header(labelFontSize=12, labelLimit=222)
    facet = alt.Facet("panel:N", title=None, sort=order).header(**header)
    spacing = alt.RowColnumber(row=58, column=52)
    chart = panels.facet(facet=facet, columns=2, bounds="flush", spacing=spacing)
    chart = chart.resolve_scale(y="independent").resolve_axis(x="independent")
    return themed(chart, f"Members of {len(names)} segments over {nights} nights.")


def _ticks(nights: Collection[str]) -> dict[str, Any]:
    """Label each night once; Vega's own ticks between two nights would repeat their days."""
    if len(nights) >= MANY_NIGHTS:
        return {"tickCount": 3}
    midnights = (datetime.fromisoformat(night).replace(tzinfo=UTC) for night in sorted(nights))
    return {"values": [int(midnight.timestamp() * 1000) for midnight in midnights]}


def match_weights_chart(comparisons: Rows) -> Drawable:
    """Draw what speaks for and against a match: the weight of every level of every comparison.

    Args:
        comparisons: `comparisons` of a Splink model as saved: output_column_name and comparison_levels with
            label_for_charts, m_probability and u_probability. Levels without both are left out.
    """
    from math import log2

    import altair as alt

    data = [
        {
            "comparison": comparison["output_column_name"].replace("_", " "),
            "level": level["label_for_charts"],
            "weight": (weight := round(log2(level["m_probability"] / level["u_probability"]), 2)),
            "colour": variable("series-1" if weight >= 0 else "series-2"),
            "order": place,
        }
        for comparison in comparisons
        for place, level in enumerate(comparison["comparison_levels"])
        if level.get("m_probability") and level.get("u_probability")
    ]
    bar = (
        alt.Chart()
        .mark_bar(height=12)
        .encode(
            x=alt.X("weight:Q", title="match weight (log2)").axis(tickCount=8),
            color=alt.Color("colour:N", scale=None),
        )
    )
    chart = panel_per_comparison(data, bar)
    return themed(chart, "Match weight of every level of every comparison of the linkage model.")


def revenue_chart(rows: Rows, currency: str) -> Drawable:
    """Draw net revenue by month, one colour per channel.

    Args:
        rows: month (first day, ISO), channel, net_revenue; all in the one currency.
    """
    import altair as alt

    channels = sorted({row["channel"] for row in rows})
    data = [
        {
            "month": row["month"],
            "channel": row["channel"],
            "revenue": float(row["net_revenue"]),
            "hover": f"{row['month'][:7]}, {row['channel']}: {row['net_revenue']:,.0f} {currency}",
        }
        for row in rows
    ]
    colours = alt.Scale(
        domain=channels, range=[variable(SERIES[i % len(SERIES)]) for i in range(len(channels))]
    )
    chart = (
        alt.Chart(inline(data), width=WIDTH - 50, height=190)
        .mark_bar(width={"band": 0.78})
        .encode(
            x=alt.X("yearmonth(month):T", title=None, scale=alt.Scale(type="utc")).axis(
                format="%b %y", tickCount=6, grid=False, labelFlush=False
            ),
            y=alt.Y("revenue:Q", title=None, stack="zero").axis(tickCount=4, format="~s", domain=False),
            color=alt.Color("channel:N", scale=colours, title=None).legend(orient="top", offset=6),
            order=alt.Order("channel:N"),
            description=alt.Description("hover:N"),
        )
    )
    return themed(chart, f"Net revenue in {currency} by month and channel.")
