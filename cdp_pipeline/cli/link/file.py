"""`cdp link INPUT OUTPUT`: anyone's file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from cdp_pipeline.cli.app import HERE, ProjectOption, load
from cdp_pipeline.cli.link.group import link

ROLES = (
    "record_id, source_system, given_name, middle_name, family_name, second_family_name, full_name, birth_date, "
    "gender, email, phone, street, house_number, address_line_2, postcode, city, region, country, loyalty_number, "
    "updated_at, attribute, ignore"
)


class InputAndOutput(TyperCommand):
    """Says that OUTPUT is missing where one file is given: the parser takes it for OUTPUT."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as ever, with a message of its own."""
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            if error.param is None or error.param.name != "sources":
                raise
            raise typer.BadParameter(
                "OUTPUT is missing. Name the file to link, then the file to write: "
                "cdp link customers.csv clusters.parquet",
                ctx=ctx,
            ) from None


@link.command(
    "file", cls=InputAndOutput, epilog="Example: cdp link customers.csv clusters.parquet --country GB"
)
def link_file(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT...",
            help="CSV, TSV, JSON Lines, Parquet or XLSX, whatever its columns; may be packed. Of several, each "
            "file's name is its source_system.",
        ),
    ],
    target: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Parquet or CSV to write.")],
    project: ProjectOption = HERE,
    country: Annotated[
        str, typer.Option(help="Code or name: of phones and addresses that name no country.")
    ] = "DE",
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER=ROLE", help=f"What a column is, where that is not seen. Roles: {ROLES}."
        ),
    ] = None,
    header_row: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Row of the columns' names, in CSV or XLSX with titles above them. Default: found.",
            show_default=False,
        ),
    ] = None,
    edges: Annotated[
        Path | None, typer.Option(help="Also write the pairs, joined or refused, as Parquet or CSV.")
    ] = None,
    train: Annotated[
        bool | None,
        typer.Option(
            "--train/--no-train",
            help="Whether the model learns from the file, for this run. Default: where it holds enough records.",
        ),
    ] = None,
    model: Annotated[Path | None, typer.Option(help="A saved model to use, not the committed one.")] = None,
    save_model: Annotated[
        Path | None, typer.Option(help="Where to keep the model that learned from the file.")
    ] = None,
) -> None:
    """Link the records of anyone's file: one cluster_id per person. `cdp link INPUT OUTPUT` is this."""
    from cdp_pipeline.link_file_screen import show_linked_file
    from cdp_pipeline.nightly import link_file as linking
    from cdp_pipeline.screen import console, errors_in_words, progress_line

    with errors_in_words():
        options = linking.LinkOptions(
            country=country,
            columns=column or [],
            header_row=header_row,
            edges=edges,
            model=linking.ModelChoice(train=train, model=model, save_model=save_model),
        )
        with progress_line() as report:
            linked = linking.link_file(load(project), sources, target, options, report)
        show_linked_file(linked, target, console)
