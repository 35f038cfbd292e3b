"""`cdp link train`: the Splink model, trained on the last night's records."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.link.group import link


@link.command(epilog="Example: cdp link train --seed 1")
def train(
    project: ProjectOption = HERE,
    seed: Annotated[
        int | None, typer.Option(help="Equal data and seed give an equal model. Default: linkage.yml's.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of model.html, with charts. Default: data/linkage.", show_default=False),
    ] = None,
) -> None:
    """Train the Splink model on the last night's records and people's decisions; save it in the project's config."""
    from cdp_pipeline.hints import in_this_project
    from cdp_pipeline.nightly.train_model import decisions_in_words, train_on_last_night
    from cdp_pipeline.screen import console, errors_in_words, escaped, say_aside

    with errors_in_words():
        training = train_on_last_night(load_existing(project), seed, out, say_aside)
        console.print(
            f"Trained on {training.model.nodes} distinct records. Written: {training.model_file}",
            highlight=False,
            soft_wrap=True,
        )
        for line in decisions_in_words(training.model.decided):
            console.print(line, highlight=False, soft_wrap=True)
        for level in training.model.unseen_levels:
            console.print(f"[yellow]Not seen in the data, set to a default[/yellow]: {level}")
        console.print(f"What it learned: {training.page}", highlight=False, soft_wrap=True)
        folder = shlex.quote(str(training.model_file.parent))
        told = in_this_project(
            "Next: what it would join and part, cdp link compare --config "
            f"{folder}; then link by it: cdp run --from link"
        )
        console.print(escaped(told), highlight=False, soft_wrap=True)
