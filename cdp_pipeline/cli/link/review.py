"""`cdp link review`: the pairs whose decision matters most, at the terminal or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.link.group import link
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.nightly.review import ReviewPair

NEXT = "Decisions take effect with the next night: cdp run."

SAME, DIFFERENT, SKIP, QUIT = "same", "different", "skip", "quit"
ANSWERS = {
    "s": SAME,
    SAME: SAME,
    "d": DIFFERENT,
    DIFFERENT: DIFFERENT,
    "": SKIP,
    SKIP: SKIP,
    "q": QUIT,
    QUIT: QUIT,
}
ASKED = "One person? [s]ame, [d]ifferent, Enter to skip, [q]uit"


@link.command(epilog="Example: cdp link review --export review.xlsx --limit 200")
def review(
    limit: Annotated[int, typer.Option(min=1, help="How many pairs, the most important first.")] = 20,
    only_list: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--list", help="List the queue by record keys, without asking.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the queue to a new .xlsx or .csv file to fill in.", show_default=False),
    ] = None,
    import_: Annotated[
        Path | None,
        typer.Option("--import", help="Read the decisions of a filled-in file.", show_default=False),
    ] = None,
    reviewer: Annotated[str, typer.Option(help="Who decides. Default: your login name.")] = "",
    project: ProjectOption = HERE,
) -> None:
    """Review the pairs whose decision matters most: close calls, bridges, refused pairs. Shows personal data."""
    from cdp_pipeline.control.audit import logged_in_person
    from cdp_pipeline.nightly.review import read_queue
    from cdp_pipeline.review_screen import show_queue
    from cdp_pipeline.screen import console, errors_in_words

    if [only_list, export is not None, import_ is not None].count(True) > 1:
        raise typer.BadParameter("give one of --list, --export and --import")
    with errors_in_words():
        loaded, person = load_existing(project), reviewer or logged_in_person()
        if import_:
            _say(_import(loaded, import_, person))
            return
        pairs = read_queue(loaded, limit)
        if export:
            _say(_export(pairs, export))
        elif only_list or not pairs:
            show_queue(pairs, console)
        else:
            _say(_ask_all(loaded, pairs, person))


def _import(project: Project, file: Path, person: str) -> str:
    from cdp_pipeline.nightly.review.file import import_decisions

    decided, _ = import_decisions(project, file, person)
    known = len(set(decided.decision_ids)) - len(decided.new)
    return f"{counted(len(decided.new), 'new decision')}; {known:,} known before. {NEXT}"


def _export(pairs: Sequence[ReviewPair], file: Path) -> str:
    from cdp_pipeline.nightly.review.file import export_queue
    from cdp_pipeline.screen import escaped

    export_queue(pairs, file)
    name = escaped(str(file))
    return (
        f"{counted(len(pairs), 'pair')} written to {name}, with personal data. Fill in the column decision, then: "
        f"cdp link review --import {name}"
    )


def _ask_all(project: Project, pairs: Sequence[ReviewPair], person: str) -> str:
    """Ask about one pair after the other until all are asked or the person has had enough."""
    from cdp_pipeline.review_screen import show_pair
    from cdp_pipeline.screen import console

    decided = 0
    for pair in pairs:
        show_pair(pair, len(pairs), console)
        answer = _ask(project, pair, person)
        if answer == QUIT:
            break
        decided += answer != SKIP
    return f"{counted(decided, 'pair')} decided. {NEXT}" if decided else "Nothing was decided."


def _ask(project: Project, pair: ReviewPair, person: str) -> str:
    """Ask until the answer is one that the control database takes, and return it; the end of input is to quit."""
    from cdp_pipeline.control.match_decisions import decide_match
    from cdp_pipeline.errors import ControlError
    from cdp_pipeline.nightly.review.words import DEFAULT_REASON
    from cdp_pipeline.screen import escaped

    while True:
        try:
            answer = ANSWERS.get(typer.prompt(ASKED, default="", show_default=False).strip().lower())
            if answer in {SKIP, QUIT}:
                return answer
            if answer is None:
                continue
            reason = typer.prompt("Why, without personal data", default=DEFAULT_REASON)
        except typer.Abort:
            return QUIT
        verdict = "must_link" if answer == SAME else "never_link"
        try:
            number = decide_match(project, verdict, pair.left.record, pair.right.record, person, reason)
        except ControlError as error:
            _say(f"[yellow]Not decided[/]: {escaped(str(error))}")
            continue
        _say(f"Match decision {number}: {'one person' if answer == SAME else 'two people'}.\n")
        return answer


def _say(line: str) -> None:
    from cdp_pipeline.screen import console

    console.print(line, highlight=False, soft_wrap=True)
