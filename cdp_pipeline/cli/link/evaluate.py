"""`cdp link evaluate`: how good linkage is, against a truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load, load_existing
from cdp_pipeline.cli.link.group import link


@link.command(epilog="Example: cdp link evaluate --truth worlds/small/truth/records.csv --out evaluation")
def evaluate(
    truth: Annotated[
        Path | None,
        typer.Option(
            help="CSV or Parquet: source_record_id, person_id, and where there are source_system, record_kind, "
            "is_junk, troubles (parted by ;). Without it, what people decided about pairs is the truth.",
            show_default=False,
        ),
    ] = None,
    clusters: Annotated[
        Path | None,
        typer.Option(help="What cdp link INPUT OUTPUT wrote, instead of the last night.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for evaluation.html, with charts, and evaluation.json.", show_default=False
        ),
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(
            help="A match weight to measure besides the usual ones; repeatable.", show_default=False
        ),
    ] = None,
    project: ProjectOption = HERE,
) -> None:
    """Measure linkage against a truth: pairs, B³, people merged and split, by trouble and by threshold."""
    from cdp_pipeline.evaluation_screen import show_decided, show_evaluation
    from cdp_pipeline.nightly import evaluate_linkage as evaluating
    from cdp_pipeline.screen import console, errors_in_words, say_aside

    with errors_in_words():
        loaded = load(project) if clusters else load_existing(project)
        extra = threshold or []
        if clusters and not truth:
            raise typer.BadParameter(
                "clusters of a file need a truth: --truth FILE.", param_hint="--clusters"
            )
        if truth:
            evaluation = (
                evaluating.evaluate_file(loaded, clusters, truth)
                if clusters
                else evaluating.evaluate_last_night(loaded, truth, extra, say_aside)
            )
            show_evaluation(evaluation, console)
            page = evaluating.write_evaluation(evaluation, out) if out else None
        else:
            decided = evaluating.evaluate_by_decisions(loaded, extra, say_aside)
            show_decided(decided, console)
            page = evaluating.write_evaluation(decided, out) if out else None
        if page:
            console.print(f"Written: {page}", highlight=False, soft_wrap=True)
