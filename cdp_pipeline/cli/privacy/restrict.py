"""`cdp privacy restrict`, `object`, `lift` and `restrictions`: whose data must not be used, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.privacy.group import privacy

if TYPE_CHECKING:
    from pathlib import Path

    from cdp_pipeline.control.restrictions import ProcessingRestriction, RestrictionKind

PERSON = "Customer id or its beginning, record key, e-mail address, phone or order number."
REQUEST = "Number of the request that asks for it; else one is entered."
NEXT = (
    "It takes effect with the next night: cdp run. Files that were handed over before must be taken back where they "
    "went."
)


@privacy.command(epilog="Example: cdp privacy restrict c_1f0a")
def restrict(
    person: Annotated[str, typer.Argument(metavar="PERSON", help=PERSON)],
    purpose: Annotated[
        list[str] | None,
        typer.Option(help="Only for this purpose, such as marketing. Repeatable.", show_default=False),
    ] = None,
    request: Annotated[int, typer.Option(help=REQUEST)] = 0,
    project: ProjectOption = HERE,
) -> None:
    """Restrict processing (article 18): the data stay stored, and are used for nothing, or not for these purposes."""
    from cdp_pipeline.control.restrictions import RestrictionKind

    _enter(project, RestrictionKind.RESTRICTION, person, purpose or [], request)


@privacy.command(
    "object", epilog="Example: cdp privacy object c_1f0a --purpose marketing --purpose ad_audiences"
)
def object_(
    person: Annotated[str, typer.Argument(metavar="PERSON", help=PERSON)],
    purpose: Annotated[
        list[str] | None,
        typer.Option(help="Purpose objected to, such as marketing. Repeatable.", show_default=False),
    ] = None,
    request: Annotated[int, typer.Option(help=REQUEST)] = 0,
    project: ProjectOption = HERE,
) -> None:
    """Enter an objection (article 21) to a purpose: no activation for it takes the person any more."""
    from cdp_pipeline.control.restrictions import RestrictionKind

    if not purpose:
        raise typer.BadParameter("--purpose: say to what the person objects, such as marketing")
    _enter(project, RestrictionKind.OBJECTION, person, purpose, request)


@privacy.command(epilog="Example: cdp privacy lift 3")
def lift(
    number: Annotated[int, typer.Argument(help="Number of the restriction or objection.")],
    project: ProjectOption = HERE,
) -> None:
    """Lift a restriction, or take back an objection. Tell the person before a restriction is lifted (article 18(3))."""
    from cdp_pipeline.control.restrictions import lift_restriction
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        stored = lift_restriction(load_existing(project), number)
    console.print(
        f"{_named(stored)} no longer holds from the next night on: cdp run.", highlight=False, soft_wrap=True
    )


@privacy.command(epilog="Example: cdp privacy restrictions")
def restrictions(project: ProjectOption = HERE) -> None:
    """List restrictions and objections, the newest first, by customer id."""
    from cdp_pipeline.control.restrictions import list_restrictions
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        stored = list_restrictions(load_existing(project))
    for one in stored:
        state = f"lifted on {one.lifted_at:%Y-%m-%d}" if one.lifted_at else "in force"
        line = f"{_named(one)}, of customer {one.customer_id}, since {one.since:%Y-%m-%d}: {state}"
        console.print(f"{line} (privacy request {one.request_id})", highlight=False, soft_wrap=True)
    if not stored:
        console.print("Nothing is restricted, and nobody objected.")


def _enter(project: Path, kind: RestrictionKind, person: str, purposes: list[str], request: int) -> None:
    from cdp_pipeline.nightly.restrictions import restrict_customer
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        numbers, answered = restrict_customer(load_existing(project), kind, person, purposes, request)
    named = ", ".join(map(str, numbers))
    console.print(
        f"{kind.value.capitalize()} {named} entered; privacy request {answered} is done. {NEXT}",
        highlight=False,
        soft_wrap=True,
    )


def _named(stored: ProcessingRestriction) -> str:
    purpose = stored.purpose or "any purpose"
    return f"{stored.restriction_kind.capitalize()} {stored.restriction_id}, for {purpose}"
