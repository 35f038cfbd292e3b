"""The parts of the screen about what is known of a customer: profile and audiences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from cdp_pipeline.explain_screen.shown import plain, shown, table_of
from cdp_pipeline.nightly.explain.profile import profile_lines

if TYPE_CHECKING:
    from cdp_pipeline.nightly.explain import Explanation


def values(explanation: Explanation) -> Table:
    """Return each value of the profile, the records that say it, what decided, and what lost."""
    table = table_of("column", "value", "records", "decided by")
    for line in profile_lines(explanation):
        style = "" if line["is_kept"] else "dim"
        value = "none" if line["value"] is None else shown(line["value"])
        table.add_row(
            plain(line["column"]) if line["is_kept"] else "",
            Text(value, "bold" if line["is_survivor"] else style),
            Text(" ".join(line["labels"]), "dim"),
            Text(line["decided_by"], style),
        )
    return table


def audiences(explanation: Explanation) -> Table:
    """Return the segments and activations, with the reason for being left out."""
    table = table_of("kind", "name", "state")
    for row in explanation.segments:
        until = f" to {row['left_on']} (left)" if row["left_on"] else ""
        table.add_row("segment", plain(row["segment"]), f"since {row['entered_on']}{until}")
    for row in explanation.activations:
        if row["state"] == "sent":
            state = Text(f"in the file by {', '.join(row['contact_kinds'])}", "green")
        elif row["state"] == "left_out":
            since = f" since {shown(row['reason_since'])}" if row["reason_since"] else ""
            source = f" ({row['reason_source']})" if row["reason_source"] else ""
            state = Text(f"left out: {row['reason']}{since}{source}", "yellow")
        else:
            state = Text(f"not in segment {row['segment']}", "dim")
        table.add_row("activation", plain(row["activation"]), state)
    return table
