"""What all commands show alike: progress, errors in words, and delivered text without harm. Screens stand beside it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cdp_pipeline.contracts.source import MEMBER_MARK
from cdp_pipeline.errors import CdpError
from cdp_pipeline.hints import in_this_project
from cdp_pipeline.plural import counted
from cdp_pipeline.stages import Stage

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _ProjectConsole(Console):
    """A console on which the commands that a text names work as they are typed: they name the project."""

    def print(self, *objects: Any, markup: bool | None = None, **how: Any) -> None:
        """Print; commands in plain strings name the project where this command did."""
        named = [
            in_this_project(o, escape if markup is not False else str) if isinstance(o, str) else o
            for o in objects
        ]
        super().print(*named, markup=markup, **how)


console = _ProjectConsole()
error_console = _ProjectConsole(stderr=True)


def visible(text: str) -> str:
    """Show control characters, with which a delivered name or value could lead a terminal astray, as �."""
    return CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)


def escaped(text: str) -> str:
    """Make delivered text safe to print within markup."""
    return escape(visible(text))


def folder_or_archive(path: str) -> str:
    """Name what a file lies in: its folder, or the archive that packs it."""
    archive, mark, _ = path.partition(MEMBER_MARK)
    return archive if mark else path.rpartition("/")[0]


def folded(paths: Iterable[str]) -> list[str]:
    """Name the first file of each folder or archive, and how many others there are."""
    lying: dict[str, list[str]] = {}
    for path in paths:
        lying.setdefault(folder_or_archive(path), []).append(path)
    return [
        first + (f" and {counted(len(others), 'other')} beside it" if others else "")
        for first, *others in lying.values()
    ]


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


@contextmanager
def progress_line() -> Iterator[Callable[[str, str], None]]:
    """Show the step that is being worked on, on one line that goes away."""
    with console.status("starting") as status:
        yield lambda stage, subject: status.update(f"{stage} [dim]{subject}[/dim]")


def say_aside(text: str) -> None:
    """Print a line beside the command's own output, such as for whom it waits."""
    error_console.print(escape(visible(text)), style="dim", highlight=False, soft_wrap=True)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Print our own errors without a traceback and end with status 1."""
    try:
        yield
    except CdpError as error:
        message = "\n".join(visible(line) for line in str(error).split("\n"))
        error_console.print(f"[bold red]Error[/bold red] {escape(message)}", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None
