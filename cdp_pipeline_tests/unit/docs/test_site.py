"""The site is built as it would be for readers: strictly, and without a look at any other host."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from cdp_pipeline_tests.unit.docs.pages import DOCS, REPOSITORY

LOADS = re.compile(
    r"<(?:script|img|iframe|source|embed|audio|video)\b[^>]*\bsrc=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|<link\b(?![^>]*rel=[\"']?canonical)[^>]*\bhref=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|@import\s+(?:url\()?[\"']?((?:https?:)?//[^\"'\s)]+)"
    r"|url\([\"']?((?:https?:)?//[^\"')]+)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning of MkDocs (a dead link, a page outside the navigation) fails it."""
    folder = tmp_path_factory.mktemp("site")
    warnings: list[str] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: warnings.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("mkdocs")
    logger.addHandler(listener)
    try:
        config = load_config(str(REPOSITORY / "mkdocs.yml"), strict=True, site_dir=str(folder))
        build(config)
    finally:
        logger.removeHandler(listener)
    assert warnings == []
    return folder


def test_every_page_is_built(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS).with_suffix(".html")).is_file()
    for generated in ("commands", "configuration", "tables/index", "tables/golden"):
        assert (site / "reference" / f"{generated}.html").is_file()


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    pages = [path for path in site.rglob("*") if path.suffix in {".html", ".css"}]
    assert len(pages) > 20
    loads = {path.name: LOADS.findall(path.read_text(encoding="utf-8")) for path in pages}
    assert {name: found for name, found in loads.items() if found} == {}


def test_no_diagram_needs_a_script_from_elsewhere(site: Path) -> None:
    """The theme would fetch mermaid from a host of its own as soon as a page has such a block."""
    assert [p.name for p in site.rglob("*.html") if 'class="mermaid"' in p.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        "@import url(https://fonts.example/css)",
        "background: url('https://img.example/x.png')",
    ],
)
def test_a_load_from_another_host_would_be_found(markup: str) -> None:
    assert LOADS.search(markup)


def test_tables_are_linked_to_what_they_are_built_from(site: Path) -> None:
    page = (site / "reference" / "tables" / "segment.html").read_text(encoding="utf-8")
    assert 'id="purchase_summary"' in page
    assert 'href="golden.html#customer_purchase"' in page


def test_code_of_the_hooks_is_not_published(site: Path) -> None:
    assert list(site.rglob("*.py")) == []
