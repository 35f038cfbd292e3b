"""`cdp link INPUT OUTPUT`: anyone's file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load
from cdp_pipeline.cli.link.group import link


@link.command("file", epilog="Example: cdp link customers.csv clusters.parquet --country GB")
def link_file(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="CSV, TSV, JSON Lines, Parquet or XLSX with source_record_id; may be packed.",
        ),
    ],
    target: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Parquet to write.")],
    project: ProjectOption = HERE,
    country: Annotated[str, typer.Option(help="ISO code for phones that name no country.")] = "DE",
) -> None:
    """Link the records of anyone's file: one cluster_id per person. `cdp link INPUT OUTPUT` is this."""
    from cdp_pipeline.nightly import link_file as linking
    from cdp_pipeline.screen import errors_in_words, progress_line, show_linked_file

    with errors_in_words():
        with progress_line() as report:
            linked = linking.link_file(load(project), source, target, country=country, report=report)
        show_linked_file(linked, target)
