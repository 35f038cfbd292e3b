"""`cdp link`: anyone's file, or training the model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cdp_pipeline.cli.app import HERE, ProjectOption, app, load


class FileByDefault(TyperGroup):
    """Takes `cdp link INPUT OUTPUT` as `cdp link file INPUT OUTPUT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert the default command before a first word that names none."""
        names_a_command = not args or args[0] in {*self.commands, "--help"}
        return super().parse_args(ctx, args if names_a_command else ["file", *args])


link = typer.Typer(
    cls=FileByDefault,
    help="Link records: anyone's file with `cdp link INPUT OUTPUT`, or train the model.",
    epilog="Example: cdp link customers.csv clusters.parquet",
    no_args_is_help=True,
)
app.add_typer(link, name="link")


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


@link.command(epilog="Example: cdp link train --seed 1")
def train(
    project: ProjectOption = HERE,
    seed: Annotated[
        int | None, typer.Option(help="Equal data and seed give an equal model. Default: linkage.yml's.")
    ] = None,
) -> None:
    """Train the Splink model on the last night's records and save it in the project's config."""
    from cdp_pipeline.nightly.train_model import train_on_last_night
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        path, trained = train_on_last_night(load(project), seed)
        console.print(f"Trained on {trained.nodes} distinct records. Written: {path}", highlight=False)
        for level in trained.unseen_levels:
            console.print(f"[yellow]Not seen in the data, set to a default[/yellow]: {level}")
