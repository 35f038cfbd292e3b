"""`cdp explain`: why a customer is who they are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, app, load_existing


@app.command(epilog="Example: cdp explain c_1f0a")
def explain(
    customer: Annotated[
        str,
        typer.Argument(
            metavar="CUSTOMER",
            help="Customer id or its beginning, an old id, source_system/record_kind/source_record_id, an e-mail "
            "address, a phone or order number.",
        ),
    ],
    project: ProjectOption = HERE,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,  # noqa: FBT002
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="How the customer looked on this day.", show_default=False),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write one page with charts to this file instead.", show_default=False)
    ] = None,
) -> None:
    """Show all that is known of a customer, and why the records are one person. Shows personal data."""
    from cdp_pipeline.explain_screen import as_json, show_explanation, show_past
    from cdp_pipeline.nightly.explain import explain_customer, explain_past, write_explanation_page
    from cdp_pipeline.screen import console, errors_in_words

    if on and html:
        raise typer.BadParameter("the page is of today: leave out --html, or --on", param_hint="--html")
    if on:
        with errors_in_words():
            past = explain_past(load_existing(project), customer, on.date())
        typer.echo(as_json(past)) if json else show_past(past, console)
        return
    with errors_in_words():
        explanation = explain_customer(load_existing(project), customer)
        if html:
            write_explanation_page(explanation, html)
    if html:
        console.print(f"Written: {html}. It holds personal data.", highlight=False, soft_wrap=True)
    elif json:
        typer.echo(as_json(explanation))
    else:
        show_explanation(explanation, console)
