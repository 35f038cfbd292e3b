"""The readable half of an access export: one page that needs nothing else. It holds one person's data.

Values come from other people's systems: the template escapes all of them, and the page runs no script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from cdp_pipeline.report.drawing import PALETTE
from cdp_pipeline.report.render import page_environment

TIME_UNKNOWN = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without zone, as in the tables; stands for no time


def render_access_page(document: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Render the page. Equal documents give equal bytes.

    Args:
        words: titles in the language of the document.
    """
    environment = page_environment()
    environment.filters.update(shown=partial(_shown, words=words), filled=_filled)
    return environment.get_template("access.html.jinja").render(
        document=document, words=words, palette=PALETTE
    )


def _filled(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns in which at least one row says something; who it is about, the page says once."""
    filled = [name for name in rows[0] if any(row[name] is not None and row[name] != "" for row in rows)]
    return filled if len(rows) == 1 else [name for name in filled if name != "customer_id"]


def _shown(value: object, words: Mapping[str, str]) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return words["yes" if value else "no"]
        case datetime():
            return "–" if value == TIME_UNKNOWN else f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case list():
            return ", ".join(_shown(one, words) for one in value)
        case dict():
            return "; ".join(f"{name}: {_shown(one, words)}" for name, one in value.items())
        case _:
            return str(value)
