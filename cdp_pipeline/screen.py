"""What the command line shows: progress while a night runs, and the closing screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cdp_pipeline.errors import CdpError
from cdp_pipeline.nightly.link_file import LinkedFile
from cdp_pipeline.nightly.summary import NightSummary
from cdp_pipeline.stages import Stage

console = Console()
error_console = Console(stderr=True)


class NightProgress:
    """A progress bar over the steps of a night, and a stopwatch per stage."""

    def __init__(self, total_steps: int) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[stage]:<11}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[subject]}"),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("night", total=total_steps, stage="start", subject="")
        self._marks: list[tuple[str, float]] = []

    def __enter__(self) -> Self:
        self._progress.start()
        self.report("start", "loading the project")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._marks.append(("end", time.perf_counter()))
        self._progress.stop()

    def report(self, stage: str, subject: str) -> None:
        """Move on to the next step."""
        self._marks.append((stage, time.perf_counter()))
        self._progress.update(self._task, advance=1, stage=stage, subject=subject)

    @property
    def seconds_per_stage(self) -> dict[str, float]:
        """Wall-clock seconds per stage, in the order of the night."""
        seconds = dict.fromkeys(["start", *Stage], 0.0)
        for (stage, begun), (_, ended) in zip(self._marks, self._marks[1:], strict=False):
            seconds[stage] += ended - begun
        return seconds


def show_night(summary: NightSummary, seconds: dict[str, float], root: Path) -> None:
    """Print the closing screen of a night."""
    manifest = summary.manifest
    console.print(
        Panel(
            Group(_sources_table(summary), "", _people_lines(summary), "", _files_table(summary)),
            title=f"Night {manifest.business_date} of {manifest.project} is published",
            title_align="left",
        )
    )
    timing = " · ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items() if spent >= 0.05)
    console.print(f"[dim]Seconds: {timing} · total {sum(seconds.values()):.1f}[/dim]", highlight=False)
    show_next_steps(summary.folder, root)


def show_next_steps(folder: Path, root: Path) -> None:
    """Print what a newcomer would want to do next."""
    shown = _relative(folder.parent / "current", root)
    console.print(
        "\n[bold]Next[/bold]\n"
        "  make ui                        the night in the Dagster UI\n"
        f"  ls {shown}/activations\n"
        "  .venv/bin/python -c \"import duckdb; print(duckdb.connect('"
        f"{shown}/analyst.duckdb', read_only=True).sql('"
        "from segment.segment_size'))\"",
        highlight=False,
        soft_wrap=True,
    )


def show_unchanged(business_date: str, folder: Path, root: Path) -> None:
    """Say that a second run would change nothing."""
    console.print(
        f"[green]Nothing changed[/green]: night {business_date} is published in {_relative(folder, root)}, "
        "and neither the landing folder nor the project has changed since. Use --force to run it again.",
        soft_wrap=True,
    )
    show_next_steps(folder, root)


@contextmanager
def progress_line() -> Iterator[Callable[[str, str], None]]:
    """Show the step that is being worked on, on one line that goes away."""
    with console.status("starting") as status:
        yield lambda stage, subject: status.update(f"{stage} [dim]{subject}[/dim]")


def show_linked_file(linked: LinkedFile, target: Path) -> None:
    """Print what linking a file found."""
    console.print(
        f"{linked.records} records, {linked.clusters} people. Written: {target}",
        highlight=False,
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False)
    for name in ("kind", "name"):
        table.add_column(name)
    table.add_column("edges", justify="right")
    for kind, name, edges in linked.edges:
        table.add_row(kind, name, str(edges))
    console.print(table)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Print our own errors without a traceback and end with status 1."""
    try:
        yield
    except CdpError as error:
        error_console.print(
            f"[bold red]Error[/bold red] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        raise SystemExit(1) from None


def _sources_table(summary: NightSummary) -> Table:
    table = Table(title="Records", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in ("source", "layout"):
        table.add_column(name)
    for name in ("files", "delivered", "loaded", "quarantined", "blank"):
        table.add_column(name, justify="right")
    table.add_column("why quarantined")
    reasons: dict[str, list[str]] = {}
    for layout, rule, records in summary.quarantine:
        reasons.setdefault(layout, []).append(f"{records} × {rule}")
    for s in summary.sources:
        numbers = (str(n) for n in (s.files, s.delivered, s.loaded, s.quarantined, s.blank))
        table.add_row(s.source_system, s.layout, *numbers, "; ".join(reasons.get(s.layout, [])))
    return table


def _people_lines(summary: NightSummary) -> Table:
    table = Table(title="People", title_justify="left", title_style="bold", box=None, show_header=False)
    table.add_row("source records", str(summary.source_records))
    table.add_row("people found", str(summary.people))
    table.add_row("duplicates removed", str(summary.duplicates_removed))
    table.add_row("golden profiles", str(summary.profiles))
    for segment, members in summary.segments:
        table.add_row(f"segment {segment}", str(members))
    return table


def _files_table(summary: NightSummary) -> Table:
    table = Table(title="Files", title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("file")
    table.add_column("rows", justify="right")
    table.add_column("left out")
    for file in summary.manifest.files:
        if file.activation:
            table.add_row(file.path, str(file.rows), _left_out(summary, file.activation))
        else:
            tables = file.rows if isinstance(file.rows, dict) else {}
            table.add_row(file.path, f"{sum(tables.values())}", f"{len(tables)} tables")
    return table


def _left_out(summary: NightSummary, activation: str | None) -> str:
    return "; ".join(
        f"{customers} {reason}" for name, reason, customers in summary.exclusions if name == activation
    )


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
