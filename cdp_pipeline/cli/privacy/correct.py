"""`cdp privacy correct`, `corrections` and `undo-correction`: what people had corrected in their profiles."""

from __future__ import annotations

from typing import Annotated

import typer

from cdp_pipeline.cli.app import HERE, ProjectOption, load_existing
from cdp_pipeline.cli.privacy.group import privacy
from cdp_pipeline.cli.privacy.restrict import PERSON, REQUEST


@privacy.command(
    epilog="Example: cdp privacy correct c_1f0a --set birth_date=1980-05-04 --reason 'passport seen'"
)
def correct(
    person: Annotated[str, typer.Argument(metavar="PERSON", help=PERSON)],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="COLUMN=VALUE",
            help="What is right; nothing after = empties the column. Repeatable.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, without personal data; stays on record.")] = "",
    request: Annotated[int, typer.Option(help=REQUEST)] = 0,
    project: ProjectOption = HERE,
) -> None:
    """Correct a profile (article 16). It wins over every delivered value, in all nights, until it is taken back."""
    from cdp_pipeline.nightly.corrections import correct_customer
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        done = correct_customer(load_existing(project), person, set_ or [], reason, request)
    said = (
        f"Correction {done.correction_id} of {', '.join(done.columns)} entered; privacy request {done.request_id} is "
        "done. It takes effect with the next night: cdp run."
    )
    if done.kept_along:
        said += f" What belongs with it stays as it is, too: {', '.join(done.kept_along)}."
    console.print(said, highlight=False, soft_wrap=True)
    console.print("Have the source corrected as well; its own letters go by its own data.", soft_wrap=True)


@privacy.command(epilog="Example: cdp privacy corrections")
def corrections(project: ProjectOption = HERE) -> None:
    """List corrections, the newest first, by customer id and column; `cdp explain` shows the values."""
    from cdp_pipeline.control.corrections import list_corrections
    from cdp_pipeline.nightly.corrections import published_corrections
    from cdp_pipeline.screen import console, errors_in_words, escaped

    with errors_in_words():
        loaded = load_existing(project)
        stored, published = list_corrections(loaded), published_corrections(loaded)
    for one, columns in stored:
        if one.undone_at:
            state = f"taken back on {one.undone_at:%Y-%m-%d}"
        elif one.correction_id in published:
            state = "in force"
        else:
            state = "not in the published night: it waits for the next one, or for its records"
        console.print(
            f"Correction {one.correction_id} of {', '.join(columns)}, of customer {one.customer_id}: {state}\n"
            f"  {one.corrected_at:%Y-%m-%d %H:%M} UTC by {escaped(one.corrected_by)}: {escaped(one.reason)} "
            f"(privacy request {one.request_id})",
            highlight=False,
            soft_wrap=True,
        )
    if not stored:
        console.print("Nothing was corrected.")


@privacy.command("undo-correction", epilog="Example: cdp privacy undo-correction 3")
def undo_correction(
    number: Annotated[int, typer.Argument(help="Number of the correction.")],
    project: ProjectOption = HERE,
) -> None:
    """Take a correction back: from the next night on the delivered values count again."""
    from cdp_pipeline.control.corrections import undo_correction as undo
    from cdp_pipeline.screen import console, errors_in_words

    with errors_in_words():
        undo(load_existing(project), number)
    console.print(f"Correction {number} is taken back from the next night on: cdp run.", highlight=False)
