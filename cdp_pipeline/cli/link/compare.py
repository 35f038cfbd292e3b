"""`cdp link compare`: what a changed rule, model or threshold, or new data, joins and parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.link.group import link

NIGHT = "A published night: the name of its folder, or its business date."


@link.command(epilog="Example: cdp link compare 2026-05-04 2026-05-05")
def compare(
    before: Annotated[str, typer.Argument(metavar="[RUN]", help=NIGHT, show_default=False)] = "",
    after: Annotated[str, typer.Argument(metavar="[RUN]", help=NIGHT, show_default=False)] = "",
    config: Annotated[
        Path | None,
        typer.Option(
            help="Folder with another linkage.yml, model.json or both: compares the last night with what they would "
            "give on the same records. Nothing is changed.",
            show_default=False,
        ),
    ] = None,
    samples: Annotated[int, typer.Option(min=0, help="So many joined and parted customers are shown.")] = 5,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,  # noqa: FBT002
    html: Annotated[
        Path | None, typer.Option(help="Write one page with charts to this file instead.", show_default=False)
    ] = None,
    project: ProjectOption = HERE,
) -> None:
    """Compare two nights, by default the last two: who was joined and who parted, and by what. Needs no labels."""
    from cdp_pipeline.link_compare_screen import as_json, show_comparison
    from cdp_pipeline.nightly.compare_nights import compare_configuration, compare_nights
    from cdp_pipeline.nightly.comparison_page import write_comparison_page
    from cdp_pipeline.screen import console, errors_in_words, say_aside

    if config and (before or after):
        raise typer.BadParameter("name two RUNs or --config, not both")
    with errors_in_words():
        loaded = load_existing(project)
        found = (
            compare_configuration(loaded, config, samples, say_aside)
            if config
            else compare_nights(loaded, before, after, samples)
        )
        if html:
            write_comparison_page(found, html)
    if html:
        console.print(f"Written: {html}", highlight=False, soft_wrap=True)
    elif json:
        typer.echo(as_json(found))
    else:
        show_comparison(found, console)
