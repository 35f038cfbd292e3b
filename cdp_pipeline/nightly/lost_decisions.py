"""What people decided, once the control database no longer knows it: merely not there is not taken back."""

from __future__ import annotations

from collections.abc import Sequence

from cdp_pipeline.errors import NightError
from cdp_pipeline.night import Night


def refuse_lost(night: Night, lost: Sequence[str], consequence: str, table: str) -> None:
    """Stop the night if the control database lost decisions by which the last one went.

    Args:
        lost: the decisions in words, such as `correction 7`.
        consequence: what must not happen for that, as a sentence.
        table: where the night published last lists them.

    Raises:
        NightError: some are lost, and nobody said to go on without them.
    """
    if not lost or night.accepts_fewer_rows:
        return
    more = f", and {len(lost) - 1:,} more" if len(lost) > 1 else ""
    raise NightError(
        f"the control database does not know {lost[0]}{more}, by which the last night went. {consequence} Restore the "
        f"control database from its backup, or set {night.project.settings.control_database_env} as it was. If it is "
        f"lost for good, run once with --accept-fewer-rows, then enter them again: {table} of the night published last "
        "lists them."
    )
