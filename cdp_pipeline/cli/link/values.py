"""`cdp link values`: what ties nobody, because too many share it or because it stands for nothing."""

from __future__ import annotations

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.link.group import link


@link.command(epilog="Example: cdp link values")
def values(project: ProjectOption = HERE) -> None:
    """List the values that tied nobody on the published night, and overridden ones. It shows personal data."""
    from cdp_pipeline.nightly.shared_values import list_shared_values
    from cdp_pipeline.screen import bare_table, console, errors_in_words, visible

    with errors_in_words():
        found = list_shared_values(load_existing(project))
        counts = {"given names", "people", "records"}
        table = bare_table(
            "kind", "value", "given names", "people", "records", "ties", "because", numbers=counts
        )
        for value in found:
            table.add_row(
                value.kind.replace("_", " "),
                visible(value.value),
                f"{value.given_names:,}",
                f"{value.people:,}",
                f"{value.records:,}",
                "yes" if value.carries_edges else "no",
                value.because,
            )
        if table.row_count:
            console.print(table)
        else:
            console.print("No value is shared by too many people, and none stands for nothing.")
        console.print(
            "You know better? Name kind, value, carries_edges and why in config/linkage/shared_values.yml, then run "
            "cdp run --from link.",
            style="dim",
            soft_wrap=True,
        )
