"""`cdp privacy erase`: a person goes, from everything that the project keeps, and stays out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.privacy.group import privacy
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.nightly.erasure.erase import Erased, ErasurePlan, Step
    from cdp_pipeline.nightly.erasure.journal import ErasureJournal

PERSON = "Customer id or its beginning, e-mail address, phone number, or record, such as shop/customer/1042."


@privacy.command(epilog="Example: cdp privacy erase anna@example.org --reason 'letter of 4 May' --dry-run")
def erase(
    person: Annotated[str, typer.Argument(metavar="PERSON", help=PERSON)] = "",
    file: Annotated[Path | None, typer.Option(help="CSV with a column person: one request a line.")] = None,
    reason: Annotated[str, typer.Option(help="Why, without personal data; stays on record.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and stop.")] = False,  # noqa: FBT002
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002
    resume: Annotated[bool, typer.Option("--resume", help="Finish erasures that were cut off.")] = False,  # noqa: FBT002
    project: ProjectOption = HERE,
) -> None:
    """Erase a person for good (article 17), and keep out what sources deliver of them again."""
    from cdp_pipeline.control.audit import logged_in_person
    from cdp_pipeline.nightly.erasure.erase import erase as carry_out
    from cdp_pipeline.nightly.erasure.erase import plan_erasure, resume_erasures
    from cdp_pipeline.nightly.erasure.people import read_requests
    from cdp_pipeline.screen import console, errors_in_words

    if [bool(person), file is not None, resume].count(True) != 1:
        raise typer.BadParameter("give a PERSON, or --file, or --resume")
    with errors_in_words():
        loaded = load_existing(project)
        more_steps = of_the_orchestrator()
        for done in resume_erasures(loaded, more_steps):
            console.print(finished_in_words(done), highlight=False, soft_wrap=True)
        if resume:
            return
        plan = plan_erasure(loaded, read_requests(file) if file else [person], console.print)
        for line in _planned(plan):
            console.print(line, highlight=False, soft_wrap=True)
        if dry_run:
            return
        if not yes:
            typer.confirm("This cannot be undone. Erase?", abort=True)
        console.print(
            finished_in_words(carry_out(loaded, plan, logged_in_person(), reason, more_steps)),
            highlight=False,
            soft_wrap=True,
        )
        console.print(_next(plan), highlight=False, soft_wrap=True)


def of_the_orchestrator() -> dict[str, Step]:
    """Return the step for what Dagster keeps of runs, which is its room's business."""

    def from_runs(project: Project, journal: ErasureJournal) -> dict[str, int]:
        from cdp_pipeline.nightly.erasure.sweep import telling_values
        from cdp_pipeline.orchestration.erased_runs import forget_runs

        return dict.fromkeys(forget_runs(project, telling_values(journal.handles)), 1)

    return {"runs of the orchestrator": from_runs}


def _planned(plan: ErasurePlan) -> list[str]:
    """Say what would go, by table; never a value."""
    named = [f"  {one.customer_id or 'a contact of no customer'}: {one.way}" for one in plan.people]
    rows = [f"  {table}: {counted(count, 'row')}" for table, count in sorted(plan.counts.items())]
    return [
        f"To be erased: {_people(len(plan.people))}",
        *named,
        f"From the working file {counted(sum(plan.counts.values()), 'row')}, and whatever else is kept of them:",
        *(rows or ["  none; what is delivered of them will stay out all the same"]),
    ]


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def finished_in_words(done: Erased) -> str:
    """Say what became of an erasure; never a value."""
    rows = sum(sum(counts.values()) for counts in done.counts.values())
    answered = f" Privacy request {', '.join(map(str, done.request_ids))}: done." if done.request_ids else ""
    left = [f"  {place}: {why}" for place, why in done.left.items()]
    return "\n".join(
        [
            f"Erasure {done.erasure_id} is finished: {counted(rows, 'row')} went.{answered}",
            *(["Something of the person is left; see to it by hand:", *left] if left else []),
            f"Certificate: {done.certificate}",
        ]
    )


def _next(plan: ErasurePlan) -> str:
    told = (
        f"Tell these systems, too, or they keep delivering: {', '.join(plan.sources)}. "
        if plan.sources
        else ""
    )
    return (
        f"{told}What they deliver of the person stays out; the counts of segments follow with the next night."
    )
