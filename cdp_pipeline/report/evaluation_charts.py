"""Charts of linkage itself: its quality by threshold and by trouble, and what its model has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdp_pipeline.report.drawing import WIDTH, Drawable, Rows, inline, panel_per_comparison, themed, variable

if TYPE_CHECKING:
    import altair as alt

MEASURES = {"precision": "series-1", "recall": "series-2", "f1": "series-3"}
NAMES = {"precision": "precision", "recall": "recall", "f1": "F1"}

ABOVE_PLOT = -15
"""Where no line runs: beside the legend, which begins on the left. In pixels below the top of the plot."""

LEAST_AXIS = 0.05
"""An axis of shares spans at least so much: noise should not look like a cliff."""


def threshold_chart(rows: Rows, configured: float | None, ceiling: float | None) -> Drawable:
    """Draw precision, recall and F1 of pairs by threshold.

    Args:
        rows: match_weight (log2; None for the rules alone), precision, recall, f1, in order.
        configured: the threshold in force, drawn as a line.
        ceiling: recall that a perfect scorer could reach.
    """
    import altair as alt

    labels = [_threshold_label(row["match_weight"]) for row in rows]
    data = [
        {
            "threshold": label,
            "measure": NAMES[measure],
            "share": row[measure],
            "hover": f"{NAMES[measure]} at {label}: {row[measure]:.4f}",
        }
        for row, label in zip(rows, labels, strict=True)
        for measure in MEASURES
    ]
    shares = [row["share"] for row in data] + ([ceiling] if ceiling is not None else [])
    y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[_floor(min(shares)), 1], nice=False)).axis(
        tickCount=5, format=".2f", domain=False
    )
    x = alt.X("threshold:O", title="scored pairs joined from this match weight (log2) on", sort=labels).axis(
        labelAngle=0, ticks=False, labelPadding=7
    )
    colours = alt.Scale(domain=list(NAMES.values()), range=[variable(colour) for colour in MEASURES.values()])
    base = alt.Chart(inline(data), width=WIDTH - 60, height=230).encode(
        x=x,
        y=y,
        color=alt.Color("measure:N", scale=colours, title=None).legend(orient="top", offset=8),
        description=alt.Description("hover:N"),
    )
    layers: list[Any] = [base.mark_line(strokeWidth=2), base.mark_point(size=36, filled=True, opacity=1)]
    if ceiling is not None:
        layers = [*_ceiling(ceiling, y), *layers]
    if configured is not None:
        layers = [*_configured(_threshold_label(configured), x), *layers]
    return themed(alt.layer(*layers), "Precision, recall and F1 of pairs by the threshold of match weight.")


def _threshold_label(match_weight: float | None) -> str:
    return "none" if match_weight is None else f"{match_weight:g}"


def _floor(share: float) -> float:
    """Return the lower end of an axis: a multiple of five hundredths below the smallest share."""
    return min(max(0.0, int((share - 0.01) * 20) / 20), 1 - LEAST_AXIS)


def _ceiling(recall: float, y: alt.Y) -> list[alt.Chart]:
    import altair as alt

    at = alt.Chart(inline([{"share": recall, "text": f"ceiling of recall {recall:.3f}"}]))
    rule = at.mark_rule(strokeDash=[2, 3], strokeWidth=1.5, color=variable("series-2")).encode(y=y)
    text = at.mark_text(align="right", x="width", y=ABOVE_PLOT, color=variable("muted"), fontSize=11)
    return [rule, text.encode(text="text:N")]


def _configured(label: str, x: alt.X) -> list[alt.Chart]:
    import altair as alt

    at = alt.Chart(inline([{"threshold": label, "text": "in force"}]))
    rule = at.mark_rule(strokeDash=[4, 3], strokeWidth=1.5, color=variable("ink")).encode(x=x)
    text = at.mark_text(align="left", dx=5, y="height", dy=-8, color=variable("ink"), fontSize=11)
    return [rule, text.encode(x=x, text="text:N")]


def trouble_chart(rows: Rows) -> Drawable:
    """Draw precision and recall of the pairs of each trouble, one line per trouble, with its number of true pairs.

    Args:
        rows: title, true_pairs, precision, recall; in the order in which they are drawn.
    """
    import altair as alt

    rows = [{**row, "title": f"{row['title']} ({row['true_pairs']:,})"} for row in rows]
    data = [
        {
            "trouble": row["title"],
            "measure": measure,
            "share": row[measure],
            "hover": f"{row['title']}, {measure}: {row[measure]:.3f}",
        }
        for row in rows
        for measure in ("precision", "recall")
    ]
    ends = [
        {
            "trouble": row["title"],
            "from": min(row["precision"], row["recall"]),
            "to": max(row["precision"], row["recall"]),
        }
        for row in rows
    ]
    order = [row["title"] for row in rows]
    y = alt.Y("trouble:N", title=None, sort=order).axis(
        labelLimit=210, ticks=False, domain=False, labelPadding=8
    )
    lowest = _floor(min((row["share"] for row in data), default=0))
    scale = alt.Scale(domain=[lowest, 1], nice=False)
    axis: dict[str, Any] = {
        "orient": "top",
        "tickCount": 5,
        "format": ".2f",
        "domain": False,
        "labelFlush": False,
    }
    between = (
        alt.Chart(inline(ends))
        .mark_rule(strokeWidth=2, color=variable("line"))
        .encode(y=y, x=alt.X("from:Q", scale=scale, title=None).axis(**axis), x2="to:Q")
    )
    colours = alt.Scale(domain=["precision", "recall"], range=[variable("series-1"), variable("series-2")])
    dots = (
        alt.Chart(inline(data))
        .mark_point(size=62, filled=True, opacity=1)
        .encode(
            y=y,
            x=alt.X("share:Q", scale=scale, title=None).axis(**axis),
            color=alt.Color("measure:N", scale=colours, title=None).legend(orient="top", offset=8),
            description=alt.Description("hover:N"),
        )
    )
    chart = alt.layer(between, dots).properties(width=WIDTH - 190, height=alt.Step(19))
    return themed(chart, f"Precision and recall of the pairs of {len(order)} kinds of trouble.")


WHO = {
    "m_probability": ("one person (m)", "series-1"),
    "relatives_probability": ("relatives", "series-3"),
    "u_probability": ("strangers (u)", "series-2"),
}


def agreement_chart(rows: Rows) -> Drawable:
    """Draw how often records of one person (m), of relatives where known, and of strangers (u) agree.

    On the logarithmic axis the way from u to m is the match weight.

    Args:
        rows: comparison, level, m_probability, u_probability, and relatives_probability (None or absent where
            unknown); in the order in which they are drawn.
    """
    import altair as alt

    data = [
        {
            "comparison": row["comparison"].replace("_", " "),
            "level": row["level"],
            "who": who,
            "probability": row[name],
            "m": row["m_probability"],
            "u": row["u_probability"],
            "order": place,
            "hover": f"{row['comparison']}, {row['level']}, {who}: {row[name]:.3g}",
        }
        for place, row in enumerate(rows)
        for name, (who, _) in WHO.items()
        if row.get(name)
    ]
    known = [(who, colour) for who, colour in WHO.values() if any(row["who"] == who for row in data)]
    lowest = min((row["probability"] for row in data), default=0.1)
    scale = alt.Scale(type="log", domain=[lowest / 2, 1.3])
    between = (
        alt.Chart().mark_rule(strokeWidth=2, color=variable("line")).encode(x=alt.X("u:Q"), x2=alt.X2("m:Q"))
    )
    colours = alt.Scale(domain=[who for who, _ in known], range=[variable(colour) for _, colour in known])
    dots = (
        alt.Chart()
        .mark_point(size=62, filled=True, opacity=1)
        .encode(
            x=alt.X("probability:Q", title="share of pairs (logarithmic)", scale=scale).axis(
                values=[10.0**-power for power in range(8)], format="~p", labelOverlap=True
            ),
            color=alt.Color("who:N", scale=colours, title=None).legend(orient="top", offset=16),
            description=alt.Description("hover:N"),
        )
    )
    chart = panel_per_comparison(data, between, dots)
    return themed(chart, "How often records of one person and of strangers agree, level by level.")
