"""`cdp explain`: why a customer is who they are."""

from __future__ import annotations

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
            help="Customer id or its beginning, an old id, source_system/record_kind/source_record_id, or an e-mail.",
        ),
    ],
    project: ProjectOption = HERE,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,  # noqa: FBT002
    html: Annotated[
        Path | None, typer.Option(help="Write one page with charts to this file instead.", show_default=False)
    ] = None,
) -> None:
    """Explain why records are one customer: links, near misses, history, values, consents. Shows personal data."""
    from cdp_pipeline.explain_screen import as_json, show_explanation
    from cdp_pipeline.nightly.explain import explain_customer, write_explanation_page
    from cdp_pipeline.screen import console, errors_in_words

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
