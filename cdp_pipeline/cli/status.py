"""`cdp status`: how the project stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, app, load_existing
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from rich.table import Table

    from cdp_pipeline.control.privacy_requests import RequestsDue
    from cdp_pipeline.nightly.run_record import RunRecord
    from cdp_pipeline.nightly.status import LandingStatus, ProjectStatus, PublishedStatus, WorkingFileStatus

SHOWN = 8


@app.command(epilog="Example: cdp status --json")
def status(
    project: ProjectOption = HERE,
    landing: Annotated[
        str | None, typer.Option(help="Other landing folder, or URL such as s3://bucket/exports.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For monitoring.")] = False,  # noqa: FBT002
) -> None:
    """Tell what is published, what the last run did, and what waits.

    Ends with status 1 if the last run failed or was killed, if the next night is overdue by the schedule, or if
    a source is blocked;
    warnings, and a project that has not published anything yet, end with 0.
    """
    from cdp_pipeline.nightly.status import project_status
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        found = project_status(load_existing(project, landing))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        for line in lines_of(found):
            console.print(line, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if found.problems else 0)


def lines_of(found: ProjectStatus) -> list[str | Table]:
    """Word the status for people, the most urgent first."""
    verdict = f"[bold red]{'; '.join(found.problems)}[/]" if found.problems else "[green]all is well[/]"
    lines: list[str | Table] = [f"[bold]{found.project}[/]: {verdict}"]
    lines.append(_published_line(found))
    if found.published and found.published.linked_anew:
        lines.append(f"Linked anew    {found.published.linked_anew.in_words}")
    lines.append(_run_line(found.last_run))
    lines.append(_working_line(found.working_file))
    if found.privacy_requests.open:
        lines.append(_requests_line(found.privacy_requests))
    lines += _landing_lines(found.landing)
    if found.published:
        lines += _night_lines(found.published)
    return lines


def _published_line(found: ProjectStatus) -> str:
    night = found.published
    if night is None:
        return "Published      nothing yet. Run a night: cdp run"
    due = f"; the next is due by {_time(night.due_at)}" if night.due_at else ""
    late = " [bold red]overdue[/]" if found.is_overdue else ""
    age = _age(found.checked_at - night.published_at)
    return f"Published      night {night.business_date}, {age} ago ({_time(night.published_at)}){due}{late}"


def _run_line(run: RunRecord | None) -> str:
    from cdp_pipeline.screen import escaped

    if run is None:
        return "Last run       none on record"
    what = "whole night" if run.is_whole_night else "part of a night"
    colour = {"succeeded": "green", "running": "cyan"}.get(run.outcome, "bold red")
    took = f" in {_age(run.ended_at - run.started_at)}" if run.ended_at else ""
    why = f"\n               {escaped(run.failure)}" if run.failure else ""
    return (
        f"Last run       [{colour}]{run.outcome}[/]{took}: {what} {run.business_date}, "
        f"started {_time(run.started_at)}, run {run.run_id[:8]}{why}"
    )


def _working_line(file: WorkingFileStatus) -> str:
    size = f"{file.size_bytes / 1e6:,.1f} MB" if file.size_bytes is not None else "none yet"
    if file.running_since:
        return f"Working file   {size}; [cyan]a night is running[/] since {file.running_since}"
    state = (
        "[yellow]its last writer was killed; the next run recovers it[/]" if file.is_recovering else "free"
    )
    return f"Working file   {size}; {state}"


def _requests_line(due: RequestsDue) -> str:
    overdue = f"; [bold red]{due.overdue} overdue[/]" if due.overdue else ""
    soon = f"; [yellow]{due.due_soon} due within 7 days[/]" if due.due_soon else ""
    return f"Privacy        {counted(due.open, 'request')} open{overdue}{soon}: cdp privacy request list"


def _landing_lines(landing: LandingStatus) -> list[str | Table]:
    from cdp_pipeline.extract.landing import MISNAMED
    from cdp_pipeline.screen import escaped

    if landing.url and not landing.fetched_at:
        return [f"Landing        {escaped(landing.url)}: nothing fetched yet"]
    if not landing.exists:
        return [f"Landing        [yellow]{escaped(str(landing.folder))} does not exist[/]"]
    lines: list[str | Table] = [
        f"Landing        {counted(len(landing.waiting), 'file')} "
        f"{'waits' if len(landing.waiting) == 1 else 'wait'} for the next night"
    ]
    if landing.url and landing.fetched_at:
        lines.append(f"  as fetched from {escaped(landing.url)} at {_time(landing.fetched_at)}")
    lines += [
        f"  {escaped(path)}: left in the store: {escaped(why)}" for path, why in landing.left_alone[:SHOWN]
    ]
    lines += _named("new or changed", landing.waiting)
    lines += _named("[yellow]unfinished[/], waits for its final name", landing.unfinished)
    lines += _named("[yellow]unrecognised[/], no source's pattern takes it", landing.unrecognised)
    lines += _named(f"[yellow]not read[/], {MISNAMED}", landing.misnamed)
    return lines


def _named(what: str, paths: list[str]) -> list[str | Table]:
    """Name files of one state; those of one folder or archive are one line."""
    from cdp_pipeline.screen import escaped, folded

    lines = folded(paths)
    shown: list[str | Table] = [f"  {escaped(line)}: {what}" for line in lines[:SHOWN]]
    more = len(lines) - SHOWN
    return [*shown, f"  and {counted(more, 'more folder')}: {what}"] if more > 0 else shown


def _night_lines(night: PublishedStatus) -> list[str | Table]:
    from cdp_pipeline.report.held_back import held_back
    from cdp_pipeline.screen import escaped

    states = [
        (
            f"[bold red]{state.source_system} is blocked[/]; the night holds "
            + (f"its last good data, of {state.last_good_on}" if state.last_good_on else "nothing of it yet")
            + f": {escaped(state.reasons)}"
            if state.is_blocked
            else f"[yellow]{state.source_system}[/]: {escaped(state.reasons)}"
        )
        for state in night.source_states
    ]
    taken_in = [f"{taken.source_system}: {taken.in_words}" for taken in night.taken_in]
    told = {state.source_system for state in night.source_states}
    told |= {taken.source_system for taken in night.taken_in}
    silent = [
        f"[yellow]{source.source_system}[/]: nothing came "
        + (f"since {source.last_delivery_on}" if source.last_delivery_on else "ever")
        for source in night.silent_sources
        if source.source_system not in told
    ]
    quarantined = [
        f"Quarantined by {rule.rule}: {counted(rule.records, 'record')}, {rule.new_records:,} of them new"
        for rule in night.quarantine[:SHOWN]
    ]
    unmet = [
        f"[yellow]Broken rule[/] ({check.severity}): {check.table_name} {check.expectation_id}"
        + (f", {counted(check.failing_rows, 'row')}" if check.failing_rows else "")
        for check in night.unmet_checks[:SHOWN]
    ]
    held = [f"[bold red]{escaped(held_back(why))}[/]" for why in night.activations_held_back]
    came = [*taken_in, *silent]
    kept_out = [*quarantined, *_more(len(night.quarantine), "cdp source quarantine list")]
    broken = [*unmet, *_more(len(night.unmet_checks), "quality.html of the night")]
    decided = [f"[yellow]Contradiction[/]: {found.in_words}" for found in night.conflicting_decisions[:SHOWN]]
    return [
        "",
        *states,
        *held,
        *decided,
        _sources(night),
        *came,
        "",
        *kept_out,
        *broken,
        "",
        _segments(night),
    ]


def _more(rules: int, where: str) -> list[str]:
    """Say how many rules are left out of a list, and where they stand."""
    return [f"  and {counted(rules - SHOWN, 'more rule')}: {where}"] if rules > SHOWN else []


def _sources(night: PublishedStatus) -> Table:
    from cdp_pipeline.screen import bare_table

    has_held, has_erased = (any(getattr(s, name) for s in night.sources) for name in ("held", "erased"))
    seldom = [*(["held back"] if has_held else []), *(["erased"] if has_erased else [])]
    numbers = ["delivered", "loaded", "quarantined", "blank", *seldom]
    table = bare_table("[bold]New records of[/]", "layout", *numbers, numbers=numbers)
    for s in night.sources:
        rest = [*([s.held] if has_held else []), *([s.erased] if has_erased else [])]
        counts = (f"{n:,}" for n in (s.delivered, s.loaded, s.quarantined, s.blank, *rest))
        table.add_row(s.source_system, s.layout, *counts)
    return table


def _segments(night: PublishedStatus) -> Table:
    from cdp_pipeline.screen import bare_table

    table = bare_table("[bold]Segment[/]", "", "members", "change", numbers=("members", "change"))
    empty = [s for s in night.segments if not s.members and not s.members_before]
    for s in night.segments:
        if s in empty and len(empty) > 1:
            continue
        change = "new" if s.members_before is None else f"{s.members - s.members_before:+,}"
        table.add_row(s.segment, "", f"{s.members:,}", change)
    if len(empty) > 1:
        table.add_row(f"nobody in {len(empty)} of {counted(len(night.segments), 'segment')}", "", "0", "")
    return table


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _age(span: timedelta) -> str:
    """Word a span in its largest fitting unit."""
    seconds = max(int(span.total_seconds()), 0)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = seconds // size
            return counted(count, unit)
    return "less than a second"
