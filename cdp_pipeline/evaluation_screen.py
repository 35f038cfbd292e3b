"""What `cdp link evaluate` shows: the figures, then by threshold, then by trouble."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from cdp_pipeline.plural import counted
from cdp_pipeline.screen import bare_table, escaped

if TYPE_CHECKING:
    from rich.console import Console

    from cdp_pipeline.link.evaluation import Evaluation
    from cdp_pipeline.link.evaluation_decisions import DecidedEvaluation
    from cdp_pipeline.link.evaluation_truth import Coverage
    from cdp_pipeline.link.quality import ClusterQuality

SHARES = ("precision", "recall", "F1")

MOST_TROUBLES = 20


def show_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Print an evaluation."""
    quality = evaluation.quality
    for line in _warnings(evaluation.coverage, evaluation.truth):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(
        f"[bold]{quality.over_merged:,} of {counted(quality.clusters, 'cluster')} hold more than one person; "
        f"{quality.split:,} of {quality.people:,} people are split[/bold] "
        f"({counted(quality.records, 'record')} counted)",
        highlight=False,
    )
    _show_figures(evaluation, console)
    if evaluation.thresholds:
        _show_thresholds(evaluation, console)
    if evaluation.troubles:
        _show_troubles(evaluation, console)


def show_decided(evaluation: DecidedEvaluation, console: Console) -> None:
    """Print how linkage compares with what people decided."""
    counts = evaluation.counts
    if evaluation.absent_pairs:
        console.print(
            f"[yellow]{counted(evaluation.absent_pairs, 'decided pair')} of records that are not there[/yellow]: "
            "left out.",
            highlight=False,
        )
    console.print(
        f"[bold]{counted(evaluation.pairs, 'decided pair')}[/bold]: without being told, linkage joins "
        f"{counts.right_pairs:,} of {counts.true_pairs:,} that are one person, and "
        f"{counts.found_pairs - counts.right_pairs:,} of {evaluation.pairs - counts.true_pairs:,} that are two.",
        highlight=False,
    )
    table = bare_table(
        "joined from match weight", *SHARES, "wrong", "missing", numbers=(*SHARES, "wrong", "missing")
    )
    for at, pairs in evaluation.thresholds:
        wrong, missing = pairs.found_pairs - pairs.right_pairs, pairs.true_pairs - pairs.right_pairs
        table.add_row(
            _threshold(at, evaluation.match_threshold),
            *_shares(pairs.precision, pairs.recall, pairs.f1),
            f"{wrong:,}",
            f"{missing:,}",
        )
    console.print(table)
    console.print(
        "People decide the hard pairs: these figures are far below those over all pairs.",
        style="dim",
        highlight=False,
    )


def _threshold(at: float, in_force: float | None) -> str:
    name = f"{at:g}" if isfinite(at) else "rules alone"
    return f"{name}  (in force)" if at == in_force else name


def _warnings(coverage: Coverage, truth: str) -> list[str]:
    """One line for each kind of record that is not counted."""
    lines = []
    if coverage.missing_records:
        lines.append(
            f"[yellow]{counted(coverage.missing_records, 'record')} of {escaped(truth)} not among the linked "
            "ones[/yellow] (deleted, in quarantine, or of another night): left out."
        )
    if coverage.unknown_records:
        lines.append(f"{counted(coverage.unknown_records, 'linked record')} not in the truth: left out.")
    if coverage.junk_records:
        lines.append(f"{counted(coverage.junk_records, 'junk record')}: left out.")
    if coverage.uncounted_troubles:
        kinds = ", ".join(escaped(trouble.replace("_", " ")) for trouble in coverage.uncounted_troubles)
        lines.append(
            f"Only records that are left out bear these troubles, so they are not measured: {kinds}."
        )
    return lines


def _show_figures(evaluation: Evaluation, console: Console) -> None:
    quality, ceiling = evaluation.quality, evaluation.ceiling
    table = bare_table("", *SHARES, numbers=SHARES)
    table.add_row("pairs", *_shares(quality.precision, quality.recall, quality.f1))
    table.add_row("B³", *_shares(quality.b_cubed_precision, quality.b_cubed_recall, quality.b_cubed_f1))
    if ceiling:
        table.add_row("ceiling of blocking, a perfect scorer", "", *_shares(ceiling.recall))
        table.add_row("  of the rules alone", "", *_shares(ceiling.rules_recall))
    console.print(table)


def _show_thresholds(evaluation: Evaluation, console: Console) -> None:
    counts = ("over-merged", "split")
    table = bare_table(
        "joined from match weight", *SHARES, "B³ F1", *counts, numbers=(*SHARES, "B³ F1", *counts)
    )
    for at in evaluation.thresholds:
        table.add_row(_threshold(at.match_weight, evaluation.match_threshold), *_row(at.quality))
    console.print()
    console.print(table)
    console.print(
        "Other thresholds: the pairs that the night kept, joined anew with the same rules and vetoes.",
        style="dim",
        highlight=False,
    )


def _row(quality: ClusterQuality) -> list[str]:
    shares = _shares(quality.precision, quality.recall, quality.f1, quality.b_cubed_f1)
    return [*shares, f"{quality.over_merged:,}", f"{quality.split:,}"]


def _show_troubles(evaluation: Evaluation, console: Console) -> None:
    numbers = ("precision", "recall", "wrong", "missing", "merged", "split")
    table = bare_table("trouble of either record", *numbers, numbers=numbers)
    for trouble in evaluation.troubles[:MOST_TROUBLES]:
        wrong = trouble.found_pairs - trouble.right_pairs
        missing = trouble.true_pairs - trouble.right_pairs
        table.add_row(
            escaped(trouble.trouble.replace("_", " ")) or "none",
            *_shares(trouble.precision, trouble.recall),
            *(f"{number:,}" for number in (wrong, missing, trouble.over_merged, trouble.split)),
        )
    console.print()
    console.print(table)
    more = len(evaluation.troubles) - MOST_TROUBLES
    if more > 0:
        console.print(
            f"{more} more with fewer mistakes: --out FOLDER writes all.", style="dim", highlight=False
        )


def _shares(*values: float) -> list[str]:
    return [f"{value:.3f}" for value in values]
