"""`cdp privacy record`: the record of processing activities."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load
from cdp_pipeline.cli.privacy.group import privacy


@privacy.command(epilog="Example: cdp privacy record --out record_of_processing.html")
def record(
    out: Annotated[Path, typer.Option(help="File to write: .html, .md or .json.")],
    project: ProjectOption = HERE,
) -> None:
    """Write the record of processing (article 30) from contracts and configuration. It holds nobody's data."""
    from cdp_pipeline.nightly.processing_record import write_processing_record
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        write_processing_record(load(project), out)
    console.print(f"Written: {out}.", highlight=False, soft_wrap=True)
