"""`cdp sample`: synthetic exports with the truth apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import app


@app.command(epilog="Example: cdp sample --people 200 --seed 7 --nights 2 --out data/samples")
def sample(
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    people: Annotated[int, typer.Option(min=100, help="How many people live in the sample's world.")] = 200,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal bytes.")] = 7,
    nights: Annotated[int, typer.Option(min=1, help="How many nights of exports.")] = 2,
) -> None:
    """Generate synthetic exports of all sources, with the truth apart."""
    from cdp_pipeline.sample import generate_sample
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        generate_sample(people, seed, nights, out)
        console.print(f"{nights} nights of about {people} people are in {out}", highlight=False)
