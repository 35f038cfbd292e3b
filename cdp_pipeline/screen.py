"""What the command line shows: progress while a night runs, and the closing screen."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from cdp_pipeline.errors import CdpError
from cdp_pipeline.stages import Stage

if TYPE_CHECKING:
    from cdp_pipeline.nightly.link_file import LinkedFile
    from cdp_pipeline.nightly.summary import NightSummary, UnreadFile

SHOWN_SECONDS = 0.05
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

HELD_BACK = "Activation files are held back: a file that may take consents back cannot be read."
console = Console()
error_console = Console(stderr=True)


def visible(text: str) -> str:
    """Show control characters, with which a delivered name or value could lead a terminal astray, as �."""
    return CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def escaped(text: str) -> str:
    """Make delivered text safe to print within markup."""
    return escape(visible(text))


def bare_table(*names: str, numbers: Container[str] = ()) -> Table:
    """Make a table without lines; columns named among the numbers stand to the right and are never broken."""
    table = Table(box=None, pad_edge=False)
    for name in names:
        is_number = name in numbers
        table.add_column(name, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    return table


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


def show_night(summary: NightSummary, seconds: dict[str, float]) -> None:
    """Print the closing screen of a night."""
    manifest = summary.manifest
    parts: list[Table | Text | str] = [
        *_source_states(summary),
        _records(summary),
        "",
        _set_aside(summary),
        "",
        _people(summary),
        "",
        _files(summary),
    ]
    console.print(
        Panel(
            Group(*parts),
            title=f"Night {manifest.business_date} of {manifest.project} is published",
            title_align="left",
        )
    )
    timing = ", ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items() if spent >= SHOWN_SECONDS)
    console.print(f"[dim]Seconds: {timing}; {sum(seconds.values()):.1f} in all[/dim]", highlight=False)
    show_next_steps(summary.folder)


def show_night_briefly(summary: NightSummary, seconds: dict[str, float]) -> None:
    """Print one line about a night."""
    manifest = summary.manifest
    console.print(
        f"Night {manifest.business_date} of {manifest.project} is published: {summary.people:,} people in "
        f"{summary.source_records:,} records, {summary.quarantined:,} quarantined, "
        f"{sum(seconds.values()):.1f} seconds",
        highlight=False,
        soft_wrap=True,
    )
    for line in _source_states(summary):
        console.print(line, highlight=False, soft_wrap=True)


def show_next_steps(folder: Path) -> None:
    """Print what a newcomer would want to do next."""
    shown = _from_here(folder.parent / "current")
    python = _from_here(Path(sys.executable))
    open_ui = "make ui     " if Path("Makefile").exists() else "cdp admin ui"
    console.print(
        "\n[bold]Next[/bold]\n"
        f"  {shown}/report.html   in a browser: what the night did\n"
        f"  {open_ui}                   the night in the Dagster UI\n"
        f"  ls {shown}/activations\n"
        f"  {python} -c \"import duckdb; print(duckdb.connect('"
        f"{shown}/analyst.duckdb', read_only=True).sql('"
        "from segment.segment_size'))\"",
        highlight=False,
        soft_wrap=True,
    )


def show_unchanged(business_date: str, folder: Path) -> None:
    """Say that a second run would change nothing."""
    console.print(
        f"[green]Nothing changed[/green]: night {business_date} is published in {_from_here(folder)}, "
        "and neither the landing folder nor the project has changed since. Use --force to run it again.",
        soft_wrap=True,
    )
    show_next_steps(folder)


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
        message = "\n".join(visible(line) for line in str(error).split("\n"))
        error_console.print(f"[bold red]Error[/bold red] {escape(message)}", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


def _source_states(summary: NightSummary) -> list[Text | str]:
    """Say first which sources are blocked, and which deserve a look."""
    lines: list[Text | str] = []
    for state in summary.states:
        good = f"its last good data, of {state.last_good_on}" if state.last_good_on else "nothing of it yet"
        verdict = f"is blocked; the night holds {good}." if state.is_blocked else "deserves a look."
        style = "bold red" if state.is_blocked else "yellow"
        reasons = "".join(f"\n  {visible(line)}" for line in state.reasons.split("\n"))
        lines.append(Text.assemble((f"Source {state.source_system} {verdict}", style), reasons))
    return [*lines, ""] if lines else []


def _records(summary: NightSummary) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("[bold]New records[/bold] of")
    table.add_column("layout")
    has_held = any(s.held for s in summary.sources)
    for name in ("delivered", "loaded", "quarantined", "blank", *(["held back"] if has_held else [])):
        table.add_column(name, justify="right")
    for s in summary.sources:
        held = [s.held] if has_held else []
        numbers = (f"{n:,}" for n in (s.delivered, s.loaded, s.quarantined, s.blank, *held))
        table.add_row(s.source_system, s.layout, *numbers)
    return table


def _set_aside(summary: NightSummary) -> Text:
    """Say what was kept out of the night, by file and line, and what came twice."""
    lines = [f"  {visible(q.path)} line {q.line}: {q.rule}" + _because(q.why) for q in summary.quarantine]
    if summary.quarantined > len(lines):
        more = summary.quarantined - len(lines)
        lines.append(f"  and {more:,} more in validate.quarantine of identified.duckdb")
    text = Text.assemble(("Quarantined", "bold"), ", kept with the reason" if lines else ": nothing")
    text.append("".join(f"\n{line}" for line in lines))
    for path in summary.delivered_again:
        text.append(f"\n  {visible(path)}: delivered again, loaded once")
    for path, readers in summary.taken_twice:
        text.append(f"\n  {visible(path)}: read more than once, for {readers}", style="yellow")
    for file in summary.unrecognised:
        text.append(f"\n  {visible(file.path)}: not read: {file.why}{_likeness(file)}", style="yellow")
    told = {state.source_system for state in summary.states}
    for source in (source for source in summary.silent_sources if source not in told):
        text.append(f"\n  {source}: nothing new came", style="yellow")
    return text


def _likeness(file: UnreadFile) -> str:
    return f"; it looks like {file.looks_like}: see cdp source inspect" if file.looks_like else ""


def _because(why: str | None) -> str:
    return f"\n    {why}" if why else ""


def _people(summary: NightSummary) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row(
        "[bold]People[/bold] found", f"{summary.people:,}", f"in {summary.source_records:,} records"
    )
    table.add_row("Duplicates removed", f"{summary.duplicates_removed:,}", "")
    table.add_row("Golden profiles", f"{summary.profiles:,}", "")
    for segment, members in summary.segments:
        table.add_row(f"Segment {segment}", f"{members:,}", "members")
    return table


def _files(summary: NightSummary) -> Text:
    text = Text.assemble(("Files", "bold"), f" in {_from_here(summary.folder.parent / 'current')}")
    for why in summary.manifest.activations_held_back:
        text.append(f"\n  {HELD_BACK} {visible(why)}", style="bold red")
    for file in summary.manifest.files:
        text.append(f"\n  {file.path}: ")
        if file.rows is None:
            text.append("what the night did, to look at in a browser")
        elif isinstance(file.rows, dict):
            text.append(f"{len(file.rows)} tables, {sum(file.rows.values()):,} rows")
        else:
            text.append(f"{file.rows:,} people")
            if fewest := summary.too_small.get(file.activation or ""):
                text.append(f", fewer than the {fewest:,} that the platform takes", style="yellow")
            text.append(_left_out(summary, file.activation), style="dim")
    return text


def _left_out(summary: NightSummary, activation: str | None) -> str:
    reasons = [f"{people:,} {reason}" for name, reason, people in summary.exclusions if name == activation]
    return f"\n    left out: {', '.join(reasons)}" if reasons else ""


def _from_here(path: Path) -> str:
    """Name a path as the user would from the current folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
