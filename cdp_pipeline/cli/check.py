"""`cdp check`: configuration and SQL, without data."""

from __future__ import annotations

from cdp_pipeline.cli.app import HERE, ProjectOption, app, load, say_if_example


@app.command(epilog="Example: cdp check --project my_shop")
def check(project: ProjectOption = HERE) -> None:
    """Validate all configuration and SQL, without data.

    That a source with records in the published night is gone from config/sources is a failure here as it is at night.
    A database whose URL is not set here is told, and is no failure.
    """
    from cdp_pipeline.nightly.check import (
        check_no_records_are_orphaned,
        check_project,
        unidentified_layouts,
        unlimited_retention,
        unset_databases,
    )
    from cdp_pipeline.orchestration.definitions import check_definitions
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        loaded = load(project)
        say_if_example(loaded)
        report = check_project(loaded)
        check_definitions(loaded)
        check_no_records_are_orphaned(loaded)
        console.print(f"[green]All is well[/green]: {report}.", highlight=False, soft_wrap=True)
        warnings = [*unset_databases(loaded), *unlimited_retention(loaded), *unidentified_layouts(loaded)]
        for warning in warnings:
            console.print(f"[yellow]Warning[/yellow] {warning}", highlight=False, soft_wrap=True)
