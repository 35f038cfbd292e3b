"""The record of processing (article 30 GDPR) as a page, or as Markdown for a wiki."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdp_pipeline.report.drawing import PALETTE
from cdp_pipeline.report.render import page_environment


def render_record_page(document: Mapping[str, Any]) -> str:
    """Render the page. Equal documents give equal bytes."""
    return page_environment().get_template("record.html.jinja").render(document=document, palette=PALETTE)


def render_record_markdown(document: Mapping[str, Any]) -> str:
    """Write the record as Markdown, in the page's order."""
    lines = [f"# {document['title']}", "", document["lead"], ""]
    for section in document["sections"]:
        lines += [f"## {section['title']}", ""]
        if section["text"]:
            lines += [section["text"], ""]
        if section["rows"]:
            head = list(section["rows"][0])
            lines += [_row(head), _row(["---"] * len(head)), *(_row(row.values()) for row in section["rows"])]
            lines.append("")
    return "\n".join(lines)


def _row(cells: Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
