"""`cdp sample`: synthetic exports with the truth apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import app

if TYPE_CHECKING:
    from cdp_pipeline.sample import WrittenFile


@app.command(epilog="Example: cdp sample --people 200 --seed 7 --nights 3 --out data/samples")
def sample(
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    people: Annotated[int, typer.Option(min=100, help="How many people live in the sample's world.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal bytes.")] = 7,
    nights: Annotated[int, typer.Option(min=1, help="How many nights of exports.")] = 3,
) -> None:
    """Generate synthetic exports of all sources, with the truth apart."""
    import time

    from cdp_pipeline.sample import generate_sample
    from cdp_pipeline.screen import errors_in_words, progress_line

    started = time.perf_counter()
    with errors_in_words():
        with progress_line() as report:
            files = generate_sample(people, seed, nights, out, report)
        _show(files, out, people, time.perf_counter() - started)


def _show(files: list[WrittenFile], out: Path, people: int, seconds: float) -> None:
    """Print a line per night, and what it took."""
    from rich.table import Table

    from cdp_pipeline.screen import console

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("files", "rows", "MB"):
        table.add_column(name, justify="right")
    nights = sorted({file.night for file in files})
    for night in nights:
        own = [file for file in files if file.night == night]
        size = sum(file.size_bytes for file in own) / 1e6
        table.add_row(f"night_{night}", str(len(own)), f"{sum(file.rows for file in own):,}", f"{size:,.1f}")
    console.print(table)
    console.print(
        f"{len(nights)} nights of about {people:,} people are in {out}, the truth in {out / 'truth'}:"
        f" {sum(file.rows for file in files):,} rows in {seconds:.1f} seconds",
        highlight=False,
        soft_wrap=True,
    )
