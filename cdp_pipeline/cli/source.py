"""`cdp source`: exports as they come, and what became of their records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, app, load

source = typer.Typer(
    help="Look at exports before they are loaded, and at records that were kept out.",
    epilog="Example: cdp source inspect export.csv",
    no_args_is_help=True,
)
app.add_typer(source, name="source")


@source.command(epilog="Example: cdp source inspect members.xlsx --write --name club")
def inspect(
    file: Annotated[
        Path, typer.Argument(help="Export of any kind: CSV, XLSX, JSON Lines, Parquet, ZIP, gzip.")
    ],
    project: ProjectOption = HERE,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Write a source; a mapping too, if none fits.")
    ] = False,
    name: Annotated[str, typer.Option(help="Name of the source; default: the file's.")] = "",
    new: Annotated[bool, typer.Option("--new", help="With --write: draft a mapping anyway.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Tell what a file is, which layout fits, and how its columns are written. Reads it whole, loads nothing."""
    from cdp_pipeline import inspect_screen
    from cdp_pipeline.nightly.inspect_file import inspect_file
    from cdp_pipeline.nightly.write_mapping import write_mapping
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        loaded = load(project)
        files = inspect_file(loaded, file)
        if json:
            typer.echo(inspect_screen.as_json(files))
        else:
            for inspected in files:
                inspect_screen.show_inspected(inspected, console)
        if all(inspected.refusal for inspected in files):
            raise typer.Exit(1)
        if write:
            written = write_mapping(loaded, file, files, name, is_new=new)
            inspect_screen.show_written(written, console)
