"""Charts of customers: who knows them, how many records they are, and how surely these belong together.

See `charts`, which exports them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.report.drawing import WIDTH, Drawable, Rows, inline, themed, variable
from cdp_pipeline.report.weight_histogram import weight_histogram

if TYPE_CHECKING:
    import altair as alt

SCORED = {
    "splink": ("joined", "series-1"),
    "near_miss": ("near miss", "quiet"),
    "vetoed": ("vetoed", "series-2"),
}
"""By kind of edge its name in the legend and its colour."""


def source_overlap_chart(rows: Rows) -> Drawable:
    """Draw which sources know the same customers: one line per combination of sources (an UpSet plot).

    Args:
        rows: sources (list of names; empty stands for all other combinations together), customers, and
            shown (text at the bar) where the number itself should not be; the largest first.
    """
    import altair as alt

    names = sorted({name for row in rows for name in row["sources"]})
    lines = [
        {
            "line": place,
            "customers": row["customers"],
            "shown": row.get("shown", f"{row['customers']:,}"),
            "colour": variable("series-1" if len(row["sources"]) > 1 else "quiet"),
            "hover": f"{' + '.join(row['sources']) or 'other combinations'}: "
            + row.get("shown", f"{row['customers']:,}"),
        }
        for place, row in enumerate(rows)
    ]
    dots = [
        {"line": place, "source": name, "known": name in row["sources"], "others": not row["sources"]}
        for place, row in enumerate(rows)
        for name in names
    ]
    height, matrix_width = 23 * len(lines), (38 if len(names) < 6 else 27) * len(names)
    y = alt.Y("line:O", title=None, axis=None)
    bars = alt.Chart(inline(lines)).encode(y=y, x=alt.X("customers:Q", title=None, axis=None))
    label = bars.mark_text(align="left", dx=6, color=variable("ink"), fontSize=12).encode(text="shown:N")
    bar = bars.mark_bar(cornerRadiusEnd=2, height=13).encode(
        color=alt.Color("colour:N", scale=None), description=alt.Description("hover:N")
    )
    matrix = _dot_matrix(dots, y).properties(width=matrix_width, height=height)
    plot = alt.layer(bar, label).properties(width=max(WIDTH - matrix_width - 70, 120), height=height)
    chart = alt.hconcat(matrix, plot, spacing=10)
    return themed(chart, f"Customers by the combination of the {len(names)} sources that know them.")


def _dot_matrix(dots: Rows, y: alt.Y) -> Drawable:
    """Draw a dot per source and combination, those that take part joined by a line."""
    import altair as alt

    angle = -40 if len({dot["source"] for dot in dots}) > 4 else 0
    x = alt.X("source:N", title=None).axis(
        orient="top", domain=False, ticks=False, labelAngle=angle, labelPadding=8, labelLimit=90
    )
    base = alt.Chart(inline([dot for dot in dots if not dot["others"]])).encode(x=x, y=y)
    other = alt.Chart(inline([{"line": dot["line"], "text": "others"} for dot in dots if dot["others"]][:1]))
    empty = base.mark_circle(size=70, opacity=1, color=variable("line"))
    known = base.transform_filter("datum.known")
    joined = known.mark_line(strokeWidth=2, color=variable("ink")).encode(detail="line:O")
    full = known.mark_circle(size=70, opacity=1, color=variable("ink"))
    rest = other.mark_text(align="right", x="width", dx=-6, color=variable("muted"), fontSize=11).encode(
        y=y, text="text:N"
    )
    return alt.layer(empty, joined, full, rest)


def records_per_customer_chart(rows: Rows) -> Drawable:
    """Draw how many customers have one, two, three … source records.

    Args:
        rows: records (label such as `3` or `8+`, in order), customers, and shown (text at the bar) where
            the number itself should not be.
    """
    import altair as alt

    data = [
        {
            "records": row["records"],
            "customers": row["customers"],
            "shown": row.get("shown", f"{row['customers']:,}"),
            "colour": variable("quiet" if place == 0 else "series-1"),
        }
        for place, row in enumerate(rows)
    ]
    base = alt.Chart(inline(data), width=WIDTH - 10, height=170).encode(
        x=alt.X("records:O", title="records of one customer", sort=None).axis(
            labelAngle=0, ticks=False, labelPadding=7
        ),
        y=alt.Y("customers:Q", title=None, axis=None),
    )
    bar = base.mark_bar(cornerRadiusEnd=2, width={"band": 0.72}).encode(
        color=alt.Color("colour:N", scale=None)
    )
    label = base.mark_text(dy=-8, fontSize=12, color=variable("ink")).encode(text="shown:N")
    return themed(alt.layer(bar, label), "Customers by the number of source records that are them.")


def match_weight_histogram(rows: Rows, threshold: float | None = None) -> Drawable:
    """Draw the match weights of the pairs that the model scored.

    Args:
        rows: match_weight (lower end of the bin, log2), bin_width, kind (splink, near_miss or vetoed), pairs.
        threshold: match weight from which pairs are joined; drawn as a line.
    """
    chart = weight_histogram([{**row, "count": row["pairs"]} for row in rows], SCORED, "pair", threshold)
    return themed(chart, "Pairs of records that the model scored, by match weight.")
