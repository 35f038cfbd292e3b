"""`cdp source quarantine` and `cdp source release`: records and files that were kept out, and letting them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.source import source
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from datetime import date

    from rich.table import Table

    from cdp_pipeline.control.releases import ReleaseDecision
    from cdp_pipeline.nightly.quarantine import QuarantinedLines, QuarantineList
    from cdp_pipeline.nightly.releasing import LetIn

NEXT = "It takes effect with the next night: cdp run."

quarantine = typer.Typer(
    help="List, show and release records that a rule kept out.",
    epilog="Example: cdp source quarantine list",
    no_args_is_help=True,
)
source.add_typer(quarantine, name="quarantine")

FileArgument = Annotated[str, typer.Argument(help="File as delivered, or its id.")]
LineArgument = Annotated[
    int, typer.Argument(help="Line of the file, from 1; of a workbook or Parquet the row.")
]
ReasonOption = Annotated[str, typer.Option(help="Why, without personal data; stays on record.")]


@quarantine.command("list", epilog="Example: cdp source quarantine list --source shop")
def list_(
    project: ProjectOption = HERE,
    source: Annotated[str | None, typer.Option(help="Records of this source only.")] = None,
    rule: Annotated[str | None, typer.Option(help="Records that broke this rule only.")] = None,
    business_date: Annotated[str, typer.Option(help="Of this night only, YYYY-MM-DD.")] = "",
    limit: Annotated[
        int, typer.Option(min=1, help="Lines of the list of records, shared out among sources.")
    ] = 20,
) -> None:
    """Count what is in quarantine by source, layout, rule and file, then name the lines. Shows no values."""
    from cdp_pipeline.nightly.quarantine import list_quarantine
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        found = list_quarantine(
            load_existing(project),
            source=source,
            rule=rule,
            business_date=_date_of(business_date),
            limit=limit,
        )
    for part in _listed(found):
        console.print(part, highlight=False, soft_wrap=True)


@quarantine.command(epilog="Example: cdp source quarantine show shop/orders.csv 7")
def show(file: FileArgument, line: LineArgument, project: ProjectOption = HERE) -> None:
    """Print one record as it was delivered. Shows personal data; that it was looked at goes on record."""
    from cdp_pipeline.nightly.quarantine import show_record
    from cdp_pipeline.screen import console, errors_in_words, visible

    with errors_in_words():
        record, text = show_record(load_existing(project), file, line)
    console.print(f"{visible(record.path)} line {record.line}: {record.rule}", markup=False, highlight=False)
    if record.why:
        console.print(visible(record.why), markup=False, highlight=False, soft_wrap=True)
    console.print(visible(text), markup=False, highlight=False, soft_wrap=True)


@quarantine.command(epilog="Example: cdp source quarantine release shop/orders.csv 7 --reason checked")
def release(
    reason: ReasonOption,
    file: Annotated[str, typer.Argument(help="File as delivered, or its id.")] = "",
    line: Annotated[
        int, typer.Argument(help="Line of the file, from 1; of a workbook or Parquet the row.")
    ] = 0,
    rule: Annotated[str, typer.Option(help="All records that broke this rule; with --source.")] = "",
    source: Annotated[str, typer.Option(help="Source whose records the rule keeps out.")] = "",
    layout: Annotated[str, typer.Option(help="With --rule: records of this layout only.")] = "",
    project: ProjectOption = HERE,
) -> None:
    """Let records in although they broke a rule: one by file and line, or all that a rule keeps out of a source."""
    from cdp_pipeline.nightly.releasing import release_record, release_rule
    from cdp_pipeline.screen import console, errors_in_words

    if bool(file and line) == bool(rule and source):
        raise typer.BadParameter("name either FILE and LINE, or --rule and --source")
    with errors_in_words():
        if rule:
            let_in = release_rule(load_existing(project), rule, source, reason, layout or None)
        else:
            let_in = release_record(load_existing(project), file, line, reason)
    console.print(_outcome(let_in, "record"), highlight=False)


@quarantine.command(epilog="Example: cdp source quarantine decisions")
def decisions(project: ProjectOption = HERE) -> None:
    """List what people let in, by whom and why, the newest first."""
    from cdp_pipeline.control.releases import list_releases
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        found = list_releases(load_existing(project))
    console.print(_decisions(found) if found else "Nothing was let in.", highlight=False)


@quarantine.command(epilog="Example: cdp source quarantine undo 7")
def undo(
    decision: Annotated[int, typer.Argument(help="Number of the decision.")], project: ProjectOption = HERE
) -> None:
    """Take a decision back: its records are judged again, its files held back."""
    from cdp_pipeline.nightly.releasing import undo as take_back
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        taken = take_back(load_existing(project), decision)
    console.print(f"Decision {taken.decision_id} is taken back. {NEXT}", highlight=False)


@source.command("release", epilog="Example: cdp source release shop --reason checked")
def release_source(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help="A blocked source.")],
    reason: ReasonOption,
    project: ProjectOption = HERE,
) -> None:
    """Let the held files of a blocked source in as they are; records in quarantine stay there."""
    from cdp_pipeline.nightly.releasing import release_source as decide
    from cdp_pipeline.screen import console, errors_in_words, visible

    with errors_in_words():
        let_in = decide(load_existing(project), name, reason)
    for path in let_in.paths:
        console.print(visible(path), markup=False, highlight=False, soft_wrap=True)
    console.print(_outcome(let_in, "file"), highlight=False)


def _outcome(let_in: LetIn, noun: str) -> str:
    """Say what was decided, or that there was nothing left to decide."""
    if not let_in.decided:
        what = f"The {noun} is" if let_in.before == 1 else f"All {counted(let_in.before, noun)} are"
        return f"{what} let in already, by decision {let_in.decision_id}. Nothing was changed."
    before = f" {let_in.before:,} let in before." if let_in.before else ""
    return f"Decision {let_in.decision_id}: {counted(let_in.decided, noun)} let in.{before} {NEXT}"


def _date_of(text: str) -> date | None:
    from cdp_pipeline.cli.run import parse_date

    return parse_date(text) if text else None


def _listed(found: QuarantineList) -> list[Table | str]:
    from cdp_pipeline.screen import bare_table, escaped

    if not found.counts:
        return [found.shown, "Nothing is in quarantine, as far as you asked."]
    counts = bare_table(*_bold("source", "layout", "rule", "file", "records"), numbers=_bold("records"))
    for count in found.counts:
        counts.add_row(
            count.source_system, count.layout, count.rule, escaped(count.path), f"{count.records:,}"
        )
    records = bare_table(*_bold("file", "lines", "night", "rule"))
    for lines in found.lines:
        records.add_row(escaped(lines.path), lines.in_words, str(lines.business_date), lines.rule)
    more = found.total - len(found.lines)
    left = [f"and {more:,} more; see --limit"] if more > 0 else []
    return [found.shown, counts, "", *_reasons(found.lines), "", records, *left]


def _reasons(found: list[QuarantinedLines]) -> list[str]:
    """Give each reason once, under its rule: many records share one."""
    from cdp_pipeline.screen import escaped

    reasons = dict.fromkeys((lines.rule, lines.why) for lines in found if lines.why)
    return [f"[bold]{rule}[/]: {escaped(str(why))}" for rule, why in reasons]


def _bold(*names: str) -> list[str]:
    return [f"[bold]{name}[/]" for name in names]


def _decisions(found: list[ReleaseDecision]) -> Table:
    from cdp_pipeline.screen import bare_table, escaped

    names = _bold("decision", "at (UTC)", "by", "what", "why", "state")
    table = bare_table(*names, numbers=_bold("decision"))
    for decision in found:
        state = f"taken back {decision.undone_at:%Y-%m-%d}" if decision.undone_at else "stands"
        table.add_row(
            str(decision.decision_id),
            f"{decision.decided_at:%Y-%m-%d %H:%M}",
            escaped(decision.decided_by),
            escaped(decision.subject),
            escaped(decision.reason),
            state,
        )
    return table
