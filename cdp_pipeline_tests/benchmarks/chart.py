"""The benchmark's chart: seconds and peak memory of each stage, as an SVG that follows light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from cdp_pipeline.stages import Stage

BAR, INK = "#4c78a8", "#777777"


def write_chart(result: dict[str, Any], path: Path) -> None:
    """Draw the night of one result."""
    night = result["night"]
    steps = [step for step in ["start", *map(str, Stage)] if step in night["seconds"]]
    rows = [
        {
            "step": step,
            "seconds": round(night["seconds"][step], 1),
            "peak memory, MB": night["peak_mb"].get(step, 0),
        }
        for step in steps
    ]
    chart = alt.hconcat(_bars(rows, "seconds", steps), _bars(rows, "peak memory, MB", steps)).configure(
        background="transparent", view={"stroke": None}
    )
    chart = chart.configure_axis(labelColor=INK, titleColor=INK, domain=False, ticks=False, grid=False)
    path.write_text(vl_convert.vegalite_to_svg(chart.to_dict()), encoding="utf-8")


def _bars(rows: list[dict[str, Any]], measure: str, steps: list[str]) -> alt.LayerChart:
    base = alt.Chart(alt.Data(values=rows), width=230, height=24 * len(rows)).encode(
        x=alt.X(measure, type="quantitative", axis=None),
        y=alt.Y("step", type="nominal", sort=steps, title=None),
    )
    labels = base.mark_text(align="left", dx=4, color=INK).encode(
        text=alt.Text(measure, type="quantitative", format=",")
    )
    return (base.mark_bar(color=BAR) + labels).properties(title=alt.Title(measure, color=INK, anchor="start"))
