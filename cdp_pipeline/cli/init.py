"""`cdp init`: a project of one's own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from cdp_pipeline.cli.app import app


@app.command(epilog="Example: cdp init my_shop --zone Europe/Vienna --country AT")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder.")],
    name: Annotated[str, typer.Option(help="Name of the project. Default: from the folder's name.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of the schedule and the sources.")] = "Europe/Berlin",
    country: Annotated[str, typer.Option(help="ISO code, for phones and addresses that name none.")] = "DE",
    currency: Annotated[str, typer.Option(help="ISO code of the currency.")] = "EUR",
) -> None:
    """Make a project of your own: settings, a first source, a segment, SQL, and a README to start from."""
    from cdp_pipeline.scaffold import ProjectFacts, create_project, name_from_folder
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        facts = ProjectFacts(name or name_from_folder(folder), zone, country, currency)
        written = create_project(folder, facts)
    console.print(
        f"[green]Project {facts.name}[/green] is in {folder}: {len(written)} files, set for {zone}, {country} and "
        f"{currency}.\n\n[bold]Next[/bold]",
        highlight=False,
        soft_wrap=True,
    )
    go_there = "" if folder.resolve() == Path.cwd() else f"  cd {shlex.quote(str(folder))}\n"
    steps = go_there + NEXT_STEPS.format(key_env=facts.key_env)
    console.print(steps, highlight=False, soft_wrap=True, markup=False)


NEXT_STEPS = """\
  export {key_env}="$(python3 -c 'import secrets; print(secrets.token_hex(32))')"
      the secret behind every customer id: keep it with your passwords, for ever
  put exports of your shop into data/landing/shop, or another source's: config/sources
  cdp check
  cdp run

README.md says the rest: sources, segments, destinations, own SQL, every night, upgrading."""
