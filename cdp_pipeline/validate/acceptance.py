"""The first gate: new records of a layout are judged; failing ones go to quarantine, the rest is accepted.

Raw tables are never changed. A record is out of the night while it stands in `validate.quarantine`, and
back in as soon as it does not, so a corrected rule brings it back without a new delivery.
"""

from __future__ import annotations

from collections.abc import Iterable

from cdp_pipeline.contracts.layout import Layout, LinesPerKey
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.night import Night
from cdp_pipeline.validate.cleaned import cleaned
from cdp_pipeline.validate.judgement import judge_layout


def accept_layout(night: Night, *, layout: Layout) -> None:
    """Judge what is new of one layout and rebuild `validate.<layout>`.

    Files are judged again when the layout's columns or expectations have changed since.

    Raises:
        ValidationFailed: an expectation on the whole table failed with severity critical.
    """
    name = layout.layout
    night.engine.execute(f"create or replace temporary view cleaned_{name} as {cleaned(layout)}")
    judge_layout(night, layout)
    night.engine.replace_table(f"validate.{name}", _current_records(layout, night.project.sources))


def _current_records(layout: Layout, sources: Iterable[str]) -> str:
    """Select accepted records, of several deliveries of a key the newest.

    Records of sources that the project no longer lists are left out.
    A key with several lines (an order) is taken whole from the newest delivery that holds it.
    """
    key = ", ".join(f"c.{name}" for name in layout.key)
    version = ""
    if layout.version_column:  # as a time first: 10:30+02:00 is earlier than 09:00Z, its text is not
        text = f"c.{layout.version_column}"
        version = f"try_cast({text} as timestamptz) desc nulls last, {text} desc nulls last, "
    newest = f"{version}f.first_seen_on desc, f.path desc, f.file_id"
    if layout.lines_per_key is LinesPerKey.ONE:
        rank = f"row_number() over (partition by c.source_system, {key} order by {newest}, c.line desc)"
    else:
        rank = f"dense_rank() over (partition by c.source_system, {key} order by {newest})"
    columns = ", ".join(f"c.{name}" for name in layout.column_names)
    systems = ", ".join(quote_literal(source) for source in sources)
    return (
        f"select c.source_system, c.file_id, c.line, f.first_seen_on as delivered_on, {columns}"
        f" from cleaned_{layout.layout} as c"
        " join extract.file as f on f.file_id = c.file_id"
        " anti join validate.quarantine as q on q.file_id = c.file_id and q.line = c.line"
        f" where c.source_system in ({systems}) qualify {rank} = 1 order by c.file_id, c.line"
    )
