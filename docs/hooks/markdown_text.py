"""Markdown of the generated pages: tables, cells, anchors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """Escape a text for a table cell; what stands in backticks keeps its signs."""
    pieces = " ".join(str(text).split()).split("`")
    return "`".join(
        _outside(piece) if number % 2 == 0 else piece.replace("|", "\\|")
        for number, piece in enumerate(pieces)
    )


def _outside(text: str) -> str:
    for sign, escaped in (("<", "&lt;"), ("*", "\\*"), ("|", "\\|"), ("{", "&#123;")):
        text = text.replace(sign, escaped)
    return text


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; cells are escaped already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(value) for value in line) + " |" for line in lines)


def code(value: object) -> str:
    """A value as code; nothing for nothing."""
    return f"`{value}`" if value not in ("", None) else ""


def codes(values: Iterable[object], joint: str = ", ") -> str:
    """Several values as code."""
    return joint.join(code(value) for value in values)


def page(*blocks: str) -> str:
    """Blocks with blank lines between them."""
    return "\n\n".join(block for block in blocks if block) + "\n"
