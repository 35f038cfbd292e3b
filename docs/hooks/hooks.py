"""MkDocs hooks: pages that are made from the code at build time, so that they can't fall behind it.

Nothing of this needs data, a key or Dagster. The pages are never committed.
"""

from __future__ import annotations

from pathlib import Path

from command_page import command_page
from configuration_page import configuration_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from table_pages import table_pages


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those that lie in the folder."""
    repository = Path(config.config_file_path).resolve().parent
    pages = {
        "reference/commands.md": command_page(),
        "reference/configuration.md": configuration_page(),
        **table_pages(repository),
    }
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files
