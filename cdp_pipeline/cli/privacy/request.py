"""`cdp privacy request`: the register of what people asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.privacy.group import privacy

if TYPE_CHECKING:
    from cdp_pipeline.control.privacy_requests import PrivacyRequest, RequestKind

PERSON = "Customer id, record key, e-mail address or phone number. The register keeps an id or a keyed digest of it."
NUMBER = "Number of the request."

KINDS = "access, rectification, erasure, restriction or objection"

request = typer.Typer(
    help="The register of requests: each is due within one month of its receipt.",
    epilog="Example: cdp privacy request list",
    no_args_is_help=True,
)
privacy.add_typer(request, name="request")


@request.command(
    epilog="Example: cdp privacy request add access c_1f0a --received 2026-05-04 --channel letter"
)
def add(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=KINDS)],
    person: Annotated[str, typer.Argument(metavar="PERSON", help=PERSON)],
    received: Annotated[
        str, typer.Option(help="Day on which it came, as 2026-05-04 or 04.05.2026. Default: today.")
    ] = "",
    channel: Annotated[str, typer.Option(help="How it came, such as letter or e-mail.")] = "e-mail",
    note: Annotated[str, typer.Option(help="What else to know, without personal data.")] = "",
    project: ProjectOption = HERE,
) -> None:
    """Enter a request on the day it comes. The command that answers it, such as export, closes it."""
    from cdp_pipeline.control.privacy_requests import enter_request, find_request
    from cdp_pipeline.nightly.privacy_requests import asking_person
    from cdp_pipeline.screen import console, errors_in_words

    asked, day = _kind(kind), _day(received)
    with errors_in_words():
        loaded = load_existing(project)
        reference = asking_person(loaded, person).reference
        number = enter_request(loaded, asked, reference, received_on=day, channel=channel, note=note)
        stored = find_request(loaded, number)
    console.print(
        f"Privacy request {number}: {stored.kind} by {stored.person}, due on {stored.due_on}.",
        highlight=False,
        soft_wrap=True,
    )


@request.command("list", epilog="Example: cdp privacy request list --all")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Answered ones, too.")] = False,  # noqa: FBT002
    project: ProjectOption = HERE,
) -> None:
    """List the open requests, the most urgent first. It shows no personal data."""
    from cdp_pipeline.control.privacy_requests import list_requests
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        stored = [one for one in list_requests(load_existing(project)) if every or one.is_open]
    for one in stored:
        console.print(_line_of(one), highlight=False, soft_wrap=True)
    if not stored:
        console.print("No request was entered." if every else "No request is open.")


@request.command(epilog="Example: cdp privacy request show 7")
def show(number: Annotated[int, typer.Argument(help=NUMBER)], project: ProjectOption = HERE) -> None:
    """Show one request with its dates and reasons."""
    from cdp_pipeline.control.privacy_requests import find_request
    from cdp_pipeline.screen import console, errors_in_words, escaped

    with errors_in_words():
        stored = find_request(load_existing(project), number)
    console.print(_line_of(stored), highlight=False, soft_wrap=True)
    said = {
        "Received": f"{stored.received_on} by {stored.channel}",
        "Handled by": stored.handled_by,
        "Note": stored.note,
        "More time": stored.extension_reason,
        "Closed": f"{stored.completed_at:%Y-%m-%d %H:%M} UTC" if stored.completed_at else None,
        "Reason": stored.closing_reason,
    }
    for name, text in said.items():
        if text:
            console.print(f"     {name:<11} {escaped(text)}", highlight=False, soft_wrap=True)


@request.command(epilog="Example: cdp privacy request extend 7 --reason 'four systems to ask'")
def extend(
    number: Annotated[int, typer.Argument(help=NUMBER)],
    reason: Annotated[str, typer.Option(help="Why, without personal data. Tell the person, too.")] = "",
    project: ProjectOption = HERE,
) -> None:
    """Take two more months for a complex request. Tell the person so, with the reason, within the first month."""
    from cdp_pipeline.control.privacy_requests import extend_request
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        due_on = extend_request(load_existing(project), number, reason)
    console.print(
        f"Privacy request {number} is due on {due_on}. Tell the person why, within the first month."
    )


@request.command(
    epilog="Example: cdp privacy request close 7 --status refused --reason 'identity not proven'"
)
def close(
    number: Annotated[int, typer.Argument(help=NUMBER)],
    status: Annotated[str, typer.Option(help="done, refused or withdrawn.")] = "done",
    reason: Annotated[str, typer.Option(help="Why, without personal data; a refusal needs one.")] = "",
    project: ProjectOption = HERE,
) -> None:
    """Close a request that was answered elsewhere, is refused, or was withdrawn by the person."""
    from cdp_pipeline.control.privacy_requests import RequestStatus, close_request
    from cdp_pipeline.screen import console, errors_in_words

    if status not in {"done", "refused", "withdrawn"}:
        raise typer.BadParameter("--status: say done, refused or withdrawn")
    with errors_in_words():
        close_request(load_existing(project), number, RequestStatus(status), reason)
    console.print(f"Privacy request {number} is {status}.")


def _kind(text: str) -> RequestKind:
    from cdp_pipeline.control.privacy_requests import RequestKind

    try:
        return RequestKind(text.strip().lower())
    except ValueError:
        raise typer.BadParameter(f"KIND: say {KINDS}") from None


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    for format_ in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text.strip(), format_).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise typer.BadParameter("--received: is no date. Write it as 2026-05-04 or 04.05.2026.")


def _line_of(stored: PrivacyRequest) -> str:
    from cdp_pipeline.screen import escaped

    if stored.is_overdue(datetime.now(UTC).date()):
        state = f"[bold red]overdue since {stored.due_on}[/]"
    elif stored.is_open:
        state = f"due on {stored.due_on}"
    else:
        state = f"{stored.status} on {stored.completed_at:%Y-%m-%d}"
    return f"[bold]{stored.request_id:>4}[/] {stored.kind:<13} {state}; {escaped(stored.person)}"
