"""The documentation's pages, and the code blocks in them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
DOCS = REPOSITORY / "docs"

FENCE = re.compile(r"^( *)```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its title (a file's name, as a rule), its text, the heading above it."""

    page: str
    language: str
    title: str
    text: str
    heading: str

    def __str__(self) -> str:
        return f"{self.page}: {self.heading}"


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for fence in FENCE.finditer(text):
        indent, language, title, body = fence.groups()
        headings = HEADING.findall(text[: fence.start()])
        name = page.relative_to(REPOSITORY).as_posix()
        yield Block(name, language, title or "", textwrap.dedent(body) if indent else body, headings[-1])


def all_pages() -> list[Path]:
    """Everything that people read: the site's pages, the README and the guide for contributors."""
    return [*sorted(DOCS.rglob("*.md")), REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"]


def all_blocks() -> list[Block]:
    return [block for page in all_pages() for block in blocks_of(page)]


def files_of(page: str, root: Path) -> list[Path]:
    """Write the files that a page shows, as a reader would, and return them."""
    written = []
    for block in blocks_of(DOCS / page):
        if block.title.startswith(("config/", "dbt_like_sql/", "data/landing/")):
            path = root / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            written.append(path)
    assert written, f"{page} shows no file"
    return written
