"""The one table of `make bench-quality`, on the screen and as Markdown, and what it says about the targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from cdp_pipeline_tests.benchmarks.quality_linkages import OURS, SPLINK, Measured
from cdp_pipeline_tests.benchmarks.quality_sets import Target

COLUMNS = (
    "data set", "linkage", "precision", "recall", "pair F1", "B³ F1", "over-merged", "seconds",
    "processor seconds", "peak MB",
)  # fmt: skip
TEXT_COLUMNS = 2
FIGURES = {
    "f1": "pair F1",
    "precision": "precision",
    "b_cubed_f1": "B³ F1",
    "over_merged_share": "over-merged clusters",
}


def screen_table(rows: Sequence[Measured]) -> Table:
    """Lay the rows out for a terminal."""
    table = Table()
    for number, name in enumerate(COLUMNS):
        table.add_column(name, justify="left" if number < TEXT_COLUMNS else "right")
    for before, row in zip([None, *rows], rows, strict=False):
        if before and before.data_set != row.data_set:
            table.add_section()
        table.add_row(*_cells(row))
    return table


def markdown_table(rows: Sequence[Measured]) -> str:
    """Write the rows for the documentation."""
    ruler = ["---"] * TEXT_COLUMNS + ["---:"] * (len(COLUMNS) - TEXT_COLUMNS)
    lines = [COLUMNS, ruler, *map(_cells, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cells(row: Measured) -> list[str]:
    name = [row.data_set, f"{row.maker}: {row.way}"]
    if row.quality is None or row.cost is None:
        return [*name, "failed", *[""] * (len(COLUMNS) - TEXT_COLUMNS - 1)]
    figures = [f"{row.figure(figure):.4f}" for figure in ("precision", "recall", "f1", "b_cubed_f1")]
    cost = [f"{row.cost.seconds:.1f}", f"{row.cost.cpu_seconds:.1f}", f"{row.cost.peak_mb:,}"]
    return [*name, *figures, f"{row.figure('over_merged_share'):.2%}", *cost]


def verdicts(rows: Sequence[Measured], targets: Sequence[Target]) -> Iterator[str]:
    """Say of one data set whether each way of ours reaches the better rival and the targets."""
    rivals = [row for row in rows if row.maker != OURS and row.quality]
    better = max(rivals, key=lambda row: row.figure("f1"), default=None)
    for row in rows:
        if row.quality is None:
            yield f"{row.data_set}, {row.maker}: {row.way} failed: {row.failed_because}"
        elif row.maker == OURS:
            yield from _verdicts_of(row, better, targets)


def _verdicts_of(row: Measured, better: Measured | None, targets: Sequence[Target]) -> Iterator[str]:
    ours = f"{row.data_set}, {row.way}"
    if better:
        is_reached = row.figure("f1") >= better.figure("f1")
        yield (
            f"{ours}: at least the better of {SPLINK}'s best and GoldenMatch: {_yes(is_reached)} "
            f"({row.figure('f1'):.4f}; {better.maker}: {better.way}, {better.figure('f1'):.4f})"
        )
    for target in targets:
        bound = f"at least {target.least}" if target.least is not None else f"below {target.below:.1%}"
        value = row.figure(target.figure)
        shown = f"{value:.2%}" if target.below is not None else f"{value:.4f}"
        yield f"{ours}: {FIGURES[target.figure]} {bound}: {_yes(target.is_met(value))} ({shown})"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
