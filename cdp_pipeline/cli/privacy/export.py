"""`cdp privacy export`: everything about one person, for that person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.privacy.group import privacy


@privacy.command(epilog="Example: cdp privacy export c_1f0a --out /media/answer_7")
def export(
    person: Annotated[
        str,
        typer.Argument(
            metavar="PERSON",
            help="Customer id or its beginning, record key, e-mail address, or phone number.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="New or empty folder for data.json and page.html.")],
    language: Annotated[str, typer.Option(help="en or de. Default: the person's.")] = "",
    request: Annotated[int, typer.Option(help="Number of the request; else one is found or entered.")] = 0,
    project: ProjectOption = HERE,
    landing: Annotated[
        str | None, typer.Option(help="Other landing folder, or URL such as s3://bucket/exports.")
    ] = None,
) -> None:
    """Write all that is held about a person (articles 15 and 20), with origin, purposes, recipients and periods.

    Others' data are left out. Make sure before that the person is who asks. The folder holds personal data.
    """
    from cdp_pipeline.nightly.access_export import export_person
    from cdp_pipeline.screen import console, errors_in_words

    if language not in {"", "en", "de"}:
        raise typer.BadParameter("--language: say en or de")

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True)

    with errors_in_words():
        made = export_person(load_existing(project, landing), person, out, language, request, say)
    say(
        f"{made.rows:,} rows of {made.tables} tables are in {made.folder}: data.json, and page.html to read "
        f"({made.language}). Privacy request {made.request_id} is done. Delete the folder once it is handed over."
    )
