"""Charts inside the UI: PNG in markdown, drawn by the report's charts in their light colours."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

import dagster as dg

from cdp_pipeline.contracts.project import PACKAGE, Project
from cdp_pipeline.orchestration.ui_cache import UiCache
from cdp_pipeline.sql_project.model import fingerprint_of

MODEL_FILE = "linkage/model.json"
DRAWN_BY = ("charts.py", "drawing.py")


def segment_sizes(project: Project, sizes: list[tuple[str, str, int]]) -> dg.MarkdownMetadataValue | None:
    """Draw members of each segment over the nights; altair is imported here, as the report needs it anyway.

    Args:
        sizes: segment, business date (ISO), members.
    """
    rows = [
        {
            "segment": segment,
            "title": _title(project, segment),
            "business_date": night,
            "member_count": members,
        }
        for segment, night, members in sizes
    ]
    if not rows:
        return None
    try:
        from cdp_pipeline.report.charts import segment_sizes_chart, to_png

        return _image(base64.b64encode(to_png(segment_sizes_chart(rows))).decode(), "Segment sizes")
    except Exception as error:  # a drawing must not stop a night
        logging.getLogger(__name__).warning("the chart of segment sizes is not shown: %s", error)
        return None


def match_weights(project: Project, cache: UiCache) -> dg.MarkdownMetadataValue | None:
    """Draw what the frozen linkage model holds for and against a match; drawn once per model."""
    path = next((f / MODEL_FILE for f in project.config_folders if (f / MODEL_FILE).exists()), None)
    if path is None:
        return None
    drawing = [(PACKAGE / "report" / name).read_text(encoding="utf-8") for name in DRAWN_BY]
    fingerprint = fingerprint_of(path.read_text(encoding="utf-8"), *drawing)
    png = cache.get("match_weights", fingerprint, lambda: _draw_match_weights(path))
    return _image(png, "Match weights") if png else None


def _draw_match_weights(path: Path) -> str:
    from cdp_pipeline.report.charts import match_weights_chart, to_png

    model: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return base64.b64encode(to_png(match_weights_chart(model["splink"]["comparisons"]))).decode()


def _title(project: Project, segment: str) -> str:
    known = project.segments.get(segment)
    return known.title.en if known else segment


def _image(png: str, title: str) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{png})")
