"""A project whose landing folder lies elsewhere, and what a fetch brings."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.extract.remote import Fetched, fetch_landing

SETTINGS = """
name: elsewhere
title: Elsewhere
retry: {{max_retries: 0}}
landing:
  url: {url}
  options_env: {options}
"""


def project_at(root: Path, url: str, **options: str) -> Project:
    """A project whose exports lie at a URL; options by the variables that hold them."""
    (root / "config").mkdir(parents=True, exist_ok=True)
    (root / "config" / "project.yml").write_text(SETTINGS.format(url=url, options=options), encoding="utf-8")
    return load_project(root)


def fetched(project: Project) -> Fetched:
    found = fetch_landing(project)
    assert found is not None
    return found


def lying(project: Project) -> dict[str, str]:
    folder = project.landing
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
