"""The closing screen of a night: what came, what was kept out and why, who was found, and what lies ready."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cdp_pipeline.hints import in_this_project
from cdp_pipeline.plural import counted
from cdp_pipeline.report.held_back import held_back
from cdp_pipeline.screen import bare_table, console, folded, folder_or_archive, visible

if TYPE_CHECKING:
    from cdp_pipeline.nightly.summary import NightSummary, UnreadFile

SHOWN_SECONDS = 0.05
PAGES = {
    "report.html": "what the night did, to look at in a browser",
    "quality.html": "what the gates found, to look at in a browser",
}
SHOWN_LINES = 8
"""Of each list; what is left out is counted, with where to find it."""


def show_night(summary: NightSummary, seconds: dict[str, float]) -> None:
    """Print the closing screen of a night."""
    manifest = summary.manifest
    parts: list[RenderableType] = [
        *_source_states(summary),
        Text("New records", style="bold"),
        _records(summary) if summary.sources else Text("  none"),
        "",
        *_quarantined(summary),
        *_set_aside(summary),
        "",
        _people(summary),
        *(_indented(conflict.in_words, style="yellow") for conflict in summary.conflicting_decisions),
        *(_indented(doubt, style="yellow") for doubt in summary.linkage_doubts),
        "",
        *_files(summary),
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
    show_next_steps(summary.folder, summary.uncertain_pairs)


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


def show_next_steps(folder: Path, uncertain_pairs: int = 0) -> None:
    """Print what a newcomer would want to do next.

    Args:
        uncertain_pairs: so many are worth a review; where it is not known, none is asked for.
    """
    shown = _from_here(folder.parent / "current")
    python = _from_here(Path(sys.executable))
    open_ui = "make ui     " if Path("Makefile").exists() else "cdp admin ui"
    activations = folder / "activations"
    has_files = activations.is_dir() and any(activations.iterdir())
    uncertain = counted(uncertain_pairs, "uncertain pair")
    command = _from_here(Path(sys.executable).with_name("cdp"))  # in an environment that may not be active
    review = f"  {command} link review   # {uncertain}, the most telling ones first\n"
    console.print(
        "\n[bold]Next[/bold]\n"
        f"  {shown}/report.html   in a browser: what the night did\n"
        f"  {open_ui}                   the night in the Dagster UI\n"
        + (escape(in_this_project(review)) if uncertain_pairs else "")
        + (f"  ls {shown}/activations\n" if has_files else "")
        + f"  {python} -c \"import duckdb; print(duckdb.connect('"
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


def _indented(text: str, by: int = 2, style: str = "") -> Padding:
    """Make a paragraph whose further lines stand as far in as its first."""
    return Padding(Text(visible(in_this_project(text)), style=style), (0, 0, 0, by))


def _capped(lines: Sequence[str], more: str, style: str = "") -> Iterator[Padding]:
    """Yield the first lines, and for the others how many they are; `more` says what and where."""
    for line in lines[:SHOWN_LINES]:
        yield _indented(line, style=style)
    if len(lines) > SHOWN_LINES:
        yield _indented(f"and {len(lines) - SHOWN_LINES:,} more {more}", style=style)


def _source_states(summary: NightSummary) -> list[RenderableType]:
    """Say first which sources are blocked, and which deserve a look."""
    lines: list[RenderableType] = []
    for state in summary.states:
        good = f"its last good data, of {state.last_good_on}" if state.last_good_on else "nothing of it yet"
        verdict = f"is blocked; the night holds {good}." if state.is_blocked else "deserves a look."
        style = "bold red" if state.is_blocked else "yellow"
        lines.append(Text(f"Source {state.source_system} {verdict}", style=style))
        lines += [_indented(line) for line in state.reasons.split("\n")]
    return [*lines, ""] if lines else []


def _records(summary: NightSummary) -> Table:
    has_held, has_erased = (any(getattr(s, name) for s in summary.sources) for name in ("held", "erased"))
    seldom = [*(["held back"] if has_held else []), *(["erased"] if has_erased else [])]
    numbers = ["delivered", "loaded", "quarantined", "blank", *seldom]
    table = bare_table("source", "layout", *numbers, numbers=numbers)
    table.padding = (0, 1, 0, 0)  # so that it fits 80 columns
    for s in summary.sources:
        rest = [*([s.held] if has_held else []), *([s.erased] if has_erased else [])]
        counts = (f"{n:,}" for n in (s.delivered, s.loaded, s.quarantined, s.blank, *rest))
        table.add_row(s.source_system, s.layout, *counts)
    return table


def _quarantined(summary: NightSummary) -> list[RenderableType]:
    """Say what was kept out, by file and rule; a reason is given once."""
    if not summary.quarantined:
        return [Text.assemble(("Quarantined", "bold"), ": nothing")]
    lines: list[RenderableType] = [
        Text.assemble(("Quarantined", "bold"), f": {counted(summary.quarantined, 'record')}")
    ]
    told: set[str | None] = {None}
    for group in summary.quarantine[:SHOWN_LINES]:
        first = "first at line" if group.records > 1 else "at line"
        what = f"{counted(group.records, 'record')}, {group.rule}, {first} {group.first_line}"
        lines.append(_indented(f"{group.path}: {what}"))
        if group.why not in told:
            lines.append(_indented(str(group.why), by=4))
            told.add(group.why)
    left = sum(group.records for group in summary.quarantine[SHOWN_LINES:])
    more = f"and {counted(left, 'record')} more. " if left else ""
    return [*lines, _indented(f"{more}One by one: cdp source quarantine list")]


def _set_aside(summary: NightSummary) -> list[RenderableType]:
    """Say what came twice, was not read, or never came, and what of earlier nights was taken in."""
    of_elsewhere = "in extract.delivery of identified.duckdb"
    again = [f"{path}: delivered again, loaded once" for path in summary.delivered_again]
    twice = [f"{path}: read more than once, for {readers}" for path, readers in summary.taken_twice]
    unread = list(_unread(summary.unrecognised))
    taken_in = [f"{taken.source_system}: {taken.in_words}" for taken in summary.taken_in]
    told = {state.source_system for state in summary.states}
    told |= {taken.source_system for taken in summary.taken_in}
    silent = ", ".join(source for source in summary.silent_sources if source not in told)
    lines = [
        *map(_indented, taken_in),
        *_capped(again, of_elsewhere),
        *_capped(twice, of_elsewhere, "yellow"),
        *_capped(unread, "in extract.unrecognised_file of identified.duckdb", "yellow"),
        *([_indented(f"Nothing new came from {silent}", style="yellow")] if silent else []),
    ]
    return [Text("Also", style="bold"), *lines] if lines else []


def _unread(files: Iterable[UnreadFile]) -> Iterator[str]:
    """Word files that are not read; those of one reason, folder or archive, and likeness are one line."""
    alike: dict[tuple[str, str | None, str], list[str]] = {}
    for file in files:
        alike.setdefault((file.why, file.looks_like, folder_or_archive(file.path)), []).append(file.path)
    for (why, looks_like, _), paths in alike.items():
        likeness = f"; it looks like {looks_like}: see cdp source inspect" if looks_like else ""
        yield f"{folded(paths)[0]}: not read: {why}{likeness}"


def _people(summary: NightSummary) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row(
        "[bold]People[/bold] found", f"{summary.people:,}", f"in {summary.source_records:,} records"
    )
    if linked := summary.linked_anew:
        number, _, what = linked.in_words.partition(" ")
        table.add_row("Linked anew", number, what)
    if decided := summary.decisions.in_words:
        number, _, what = decided.partition(" ")
        table.add_row("Decisions", number, what)
    table.add_row("Duplicates removed", f"{summary.duplicates_removed:,}", "")
    table.add_row("Golden profiles", f"{summary.profiles:,}", "")
    empty = [segment for segment, members in summary.segments if not members]
    for segment, members in summary.segments:
        if members or len(empty) == 1:
            table.add_row(f"Segment {segment}", f"{members:,}", "members")
    if len(empty) > 1:
        whole = counted(len(summary.segments), "segment")
        table.add_row(f"Nobody in {len(empty)} of {whole}", "0", "members")
    return table


def _files(summary: NightSummary) -> list[RenderableType]:
    lines: list[RenderableType] = [
        Text.assemble(("Files", "bold"), f" in {_from_here(summary.folder.parent / 'current')}"),
        *(_indented(held_back(why), style="bold red") for why in summary.manifest.activations_held_back),
    ]
    for file in summary.manifest.files:
        text = Text(f"{file.path}: ")
        if file.rows is None:
            text.append(PAGES.get(file.path, "to look at in a browser"))
        elif isinstance(file.rows, dict):
            text.append(f"{len(file.rows)} tables, {sum(file.rows.values()):,} rows")
        else:
            text.append("1 person" if file.rows == 1 else f"{file.rows:,} people")
            if fewest := summary.too_small.get(file.activation or ""):
                text.append(f", fewer than the {fewest:,} that the platform takes", style="yellow")
        lines.append(Padding(text, (0, 0, 0, 2)))
        if left_out := _left_out(summary, file.activation):
            lines.append(_indented(left_out, by=4, style="dim"))
    return lines


def _left_out(summary: NightSummary, activation: str | None) -> str:
    reasons = [f"{people:,} {reason}" for name, reason, people in summary.exclusions if name == activation]
    return f"left out: {', '.join(reasons)}" if reasons else ""


def _from_here(path: Path) -> str:
    """Name a path as the user would from the current folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
