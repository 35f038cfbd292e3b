"""`cdp link train`: the Splink model, trained on the last night's records."""

from __future__ import annotations

from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load
from cdp_pipeline.cli.link.group import link


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
