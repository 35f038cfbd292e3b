"""Charts of two runs of linkage: by which edges customers were joined or parted, and how strong these are."""

from __future__ import annotations

from cdp_pipeline.report.drawing import WIDTH, Drawable, Rows, inline, themed, variable
from cdp_pipeline.report.weight_histogram import weight_histogram

KINDS = {
    "splink": ("the model", "series-1"),
    "rule": ("a rule", "series-3"),
    "decision": ("a decision", "series-4"),
}
"""By kind of edge its name in the legend and its colour."""

FATE_COLOURS = {"near_miss": "series-1", "vetoed": "series-2", "absent": "quiet", "other_record": "series-5"}


def strength_chart(rows: Rows, change: str, threshold: float | None) -> Drawable:
    """Draw the strongest edge between the parts of each customer.

    Args:
        rows: match_weight (lower end of the bin, log2), bin_width, edge_kind, customers.
        change: joined or parted.
        threshold: match weight from which pairs are joined; drawn as a line.
    """
    bars = [{**row, "kind": row["edge_kind"], "count": row["customers"]} for row in rows]
    chart = weight_histogram(bars, KINDS, "customer", threshold)
    return themed(
        chart, f"Customers that are {change}, by the match weight of the strongest edge between the parts."
    )


def edge_chart(rows: Rows) -> Drawable:
    """Draw the edges between parts by their name, one colour per what the other run says of them.

    Args:
        rows: name, fate, fate_words, edges; in the order in which they are drawn.
    """
    import altair as alt

    order = list(dict.fromkeys(row["name"] for row in rows))
    fates = {row["fate"]: row["fate_words"] for row in rows}
    there = [fate for fate in FATE_COLOURS if fate in fates]
    colours = alt.Scale(
        domain=[fates[fate] for fate in there], range=[variable(FATE_COLOURS[fate]) for fate in there]
    )
    data = [
        {
            "name": row["name"],
            "edges": row["edges"],
            "fate": row["fate_words"],
            "order": there.index(row["fate"]),
            "hover": f"{row['name']}, {row['fate_words']}: {row['edges']:,}",
        }
        for row in rows
    ]
    longest = max(sum(row["edges"] for row in rows if row["name"] == name) for name in order)
    chart = (
        alt.Chart(inline(data), width=WIDTH - 190, height=alt.Step(22))
        .mark_bar(height=13)
        .encode(
            y=alt.Y("name:N", title=None, sort=order).axis(
                labelLimit=210, ticks=False, domain=False, labelPadding=8
            ),
            x=alt.X("edges:Q", title="pairs of records", stack="zero").axis(
                tickCount=min(4, longest), format=",d", domain=False
            ),
            color=alt.Color("fate:N", scale=colours, title=None).legend(orient="top", offset=8, columns=2),
            order=alt.Order("order:Q"),
            description=alt.Description("hover:N"),
        )
    )
    return themed(chart, "Pairs of records by the edge between them and by what the other run says of it.")
