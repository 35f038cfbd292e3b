"""`cdp link decide` and `cdp link decisions`: what people say about pairs of records, and taking it back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.link.group import link
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.control.match_decisions import MatchDecision
    from cdp_pipeline.control.match_statement import RecordKey
    from cdp_pipeline.nightly.decision_states import DecisionState

NEXT = "It takes effect with the next night: cdp run."

SHOWN = 3

RECORD = "A record: source_system/record_kind/source_record_id."


@link.command(
    epilog="Example: cdp link decide crm/contact/003A shop/customer/1042 --different --reason 'father and son'"
)
def decide(
    left: Annotated[str, typer.Argument(metavar="RECORD", help=RECORD)] = "",
    right: Annotated[str, typer.Argument(metavar="RECORD", help=RECORD)] = "",
    same: Annotated[bool, typer.Option("--same", help="They are one person (must-link).")] = False,  # noqa: FBT002
    different: Annotated[  # noqa: FBT002
        bool, typer.Option("--different", help="They are two people (never-link).")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, without personal data; stays on record.")] = "",
    reviewer: Annotated[str, typer.Option(help="Who decides. Default: your login name.")] = "",
    until: Annotated[
        str, typer.Option(help="Last day on which it holds, as 2030-12-31 or 31.12.2030. Default: for good.")
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(help="CSV or XLSX: decision, left_record, right_record, reason, reviewer, expires_on."),
    ] = None,
    undo: Annotated[int, typer.Option(help="Take back the decision of this number.")] = 0,
    project: ProjectOption = HERE,
) -> None:
    """Decide that two records are one person, or two, whatever rules and model say; or take a decision back."""
    from cdp_pipeline.control.audit import logged_in_person
    from cdp_pipeline.screen import console, errors_in_words

    is_pair = bool(left and right and same != different)
    if [is_pair, file is not None, bool(undo)].count(True) != 1 or (
        not is_pair and (left or same or different)
    ):
        raise typer.BadParameter("give two RECORDs and --same or --different, or --file, or --undo")
    with errors_in_words():
        loaded, person = load_existing(project), reviewer or logged_in_person()
        if undo:
            said = _take_back(loaded, undo, person)
        elif file:
            said = _decide_file(loaded, file, person)
        else:
            said = _decide_pair(loaded, left, right, person, reason, until, is_same=same)
    for line in said:
        console.print(line, highlight=False, soft_wrap=True)


@link.command(epilog="Example: cdp link decisions")
def decisions(project: ProjectOption = HERE) -> None:
    """List what people decided about pairs of records, by whom and why, and how it stands; the newest first."""
    from cdp_pipeline.control.match_decisions import list_matches
    from cdp_pipeline.nightly.decision_states import decision_states
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        loaded = load_existing(project)
        found = list_matches(loaded)
        states = decision_states(loaded, found, datetime.now(UTC).date())
    lines = [line for one in found for line in _lines_of(one, states[one.decision_id])]
    for line in lines or ["Nothing was decided."]:
        console.print(line, highlight=False, soft_wrap=True)


def _decide_pair(
    project: Project, left: str, right: str, person: str, reason: str, until: str, *, is_same: bool
) -> list[str]:
    from cdp_pipeline.control.match_decisions import decide_matches
    from cdp_pipeline.control.match_statement import MatchStatement, MatchVerdict, RecordKey

    verdict = MatchVerdict.MUST_LINK if is_same else MatchVerdict.NEVER_LINK
    pair = RecordKey.parse(left), RecordKey.parse(right)
    statement = MatchStatement(verdict, *pair, person, reason, _last_day(until))
    decided = decide_matches(project, [statement], renews=True)
    [number] = decided.decision_ids
    if not decided.new:
        return [f"Decided already, by match decision {number}. Nothing was changed."]
    what = "one person" if is_same else "two people"
    return [f"Match decision {number}: the two records are {what}. {NEXT}", *_waiting(project, pair)]


def _decide_file(project: Project, file: Path, person: str) -> list[str]:
    from cdp_pipeline.nightly.decision_file import decide_from_file

    decided, statements = decide_from_file(project, file, person)
    before = len(set(decided.decision_ids)) - len(decided.new)
    said = f"{counted(len(decided.new), 'new decision')}; {before:,} known before."
    lines = [f"{said} {NEXT}" if decided.new else f"{said} Nothing was changed."]
    if decided.taken_back:
        numbers = ", ".join(map(str, sorted(decided.taken_back)))
        lines.append(f"[yellow]Taken back since, and left so[/]: {numbers}. Decide anew by record keys.")
    return [*lines, *_waiting(project, {record for one in statements for record in one.pair})]


def _take_back(project: Project, number: int, person: str) -> list[str]:
    from cdp_pipeline.control.match_decisions import undo_match

    undo_match(project, number, person)
    return [f"Match decision {number} is taken back. {NEXT}"]


def _last_day(text: str) -> date | None:
    from cdp_pipeline.errors import ControlError
    from cdp_pipeline.nightly.decision_file import last_day

    try:
        return last_day(text.strip(), "--until")
    except ControlError as error:
        raise typer.BadParameter(str(error)) from None


def _waiting(project: Project, records: Collection[RecordKey]) -> list[str]:
    """Warn of records that are not there: a decision waits for them, or they are misspelled."""
    from cdp_pipeline.nightly.match_decisions import absent_records
    from cdp_pipeline.screen import escaped

    absent = sorted(absent_records(project, records))
    shown = ", ".join(escaped("/".join(record)) for record in absent[:SHOWN])
    more = f" and {len(absent) - SHOWN:,} more" if len(absent) > SHOWN else ""
    waits = "The published night does not hold"
    return (
        [f"[yellow]{waits} {shown}{more}[/]: the decision waits for it. Check the spelling."]
        if absent
        else []
    )


def _lines_of(one: MatchDecision, state: DecisionState) -> list[str]:
    """Word a decision; a table of record keys would not fit a terminal."""
    from cdp_pipeline.screen import escaped

    records = [f"     {escaped('/'.join(record))}" for record in (one.left, one.right)]
    said = f"{one.decided_at:%Y-%m-%d %H:%M} UTC by {escaped(one.decided_by)}: {escaped(one.reason)}"
    words = escaped(state.words) if state.holds else f"[yellow]{escaped(state.words)}[/]"
    return [f"[bold]{one.decision_id:>4}[/] {one.decision}, {words}", *records, f"     {said}"]
