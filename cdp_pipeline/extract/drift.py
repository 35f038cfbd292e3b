"""Schema drift: how a file's columns differ from those of the delivery before it.

A column that no layout takes is no drift by itself: vendors' exports have many. What counts is change, and each
change comes with the line of the mapping that answers it. A new column never breaks a load.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pyarrow as pa
import yaml

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.engine import quote_identifier, quote_literal
from cdp_pipeline.extract.inspection.fit import find_renamed
from cdp_pipeline.extract.readers.columns import MatchedColumns
from cdp_pipeline.night import Night

PROFILED_LINES = 2_000
"""Lines from which a column's type is told: the beginning of the file, so that each load tells the same."""

LEAST_VALUES = 20
"""Below this many values on either side a change of type is chance: two receipts without cents."""


MOST_VALUES = 0.9
"""Share of values that makes a column's type: a stray `n/a` among whole numbers does not turn them into text."""

RETYPED_SHARE = 0.5
"""A column is retyped when fewer than this share of its values still fit what it was: most of them do not."""

FORMS = {
    "integer": "-?[0-9]{1,18}",
    "decimal": "-?[0-9., ]*[0-9]",
    "date": "[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}",
    "timestamp": "[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}[T ][0-9:.]+.*",
}
"""What values of each type look like; the first that fits is a column's type, and none is text."""


FILE_COLUMN = TableContract(
    model="file_column",
    description="The columns that each loaded file had.",
    grain="one row per file and position in its header",
    owner=DATA_ENGINEERING,
    key=["file_id", "position"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="file_id", type="VARCHAR", description="File in the ledger."),
        ColumnContract(name="position", type="BIGINT", description="From 1, as in the file."),
        ColumnContract(
            name="header",
            type="VARCHAR",
            description="As the file writes it; by its position where it looks like a person's data.",
        ),
        ColumnContract(
            name="column_name", type="VARCHAR", description="Column of the layout, where it is one."
        ),
        ColumnContract(
            name="written_as",
            type="VARCHAR",
            description="integer, decimal, date, timestamp or text: what nine in ten of its first values look like.",
        ),
        ColumnContract(name="profiled_values", type="BIGINT", description="Values among the first lines."),
        *(
            ColumnContract(name=f"{form}_values", type="BIGINT", description=f"Those that look like {form}.")
            for form in FORMS
        ),
    ],
)

DRIFT = TableContract(
    model="drift",
    description="Changes of an export's columns from one delivery to the next, with the answer to each.",
    grain="one row per file, change and column",
    owner=DATA_ENGINEERING,
    key=["file_id", "change", "header"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="file_id", type="VARCHAR", description="File in which the change was seen."),
        ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
        ColumnContract(name="layout", type="VARCHAR", description="Layout by which it was read."),
        ColumnContract(name="path", type="VARCHAR", description="Name at first delivery."),
        ColumnContract(name="first_seen_on", type="DATE", description="Business date of first delivery."),
        ColumnContract(name="change", type="VARCHAR", description="new, missing, renamed or retyped."),
        ColumnContract(
            name="header", type="VARCHAR", description="Header in this file; of a missing one, before."
        ),
        ColumnContract(
            name="column_name", type="VARCHAR", description="Column of the layout, where it is one."
        ),
        ColumnContract(
            name="suggestion", type="VARCHAR", description="What to change in the mapping, if anything."
        ),
    ],
)


def create_file_column(night: Night) -> None:
    """Create `extract.file_column` in a new working file; loading fills it."""
    night.engine.execute(f"create table if not exists extract.file_column ({FILE_COLUMN.column_definitions})")
    for form in FORMS:
        night.engine.execute(f"alter table extract.file_column add column if not exists {form}_values bigint")


def note_columns(night: Night, layout: Layout, columns: MatchedColumns, file_id: str) -> None:
    """Enter the columns of a file that was just loaded, or refused for them, with what its first values look like."""
    create_file_column(night)
    by_position = {position: name for name, position in columns.positions.items()}
    found = pa.table(
        {
            "position": pa.array(range(1, len(columns.header) + 1), pa.int64()),
            "header": pa.array(columns.shown(), pa.string()),
            "column_name": pa.array([by_position.get(i) for i in range(len(columns.header))], pa.string()),
        }
    )
    counts = ", ".join(f"{form}_values" for form in FORMS)
    night.engine.execute("delete from extract.file_column where file_id = ?", [file_id])
    with night.engine.arrow_view(found) as view:
        night.engine.execute(
            "insert into extract.file_column by name"
            f" select ? as file_id, position, header, column_name, written_as, profiled_values, {counts}"
            f" from {view} left join ({_profiles(layout)}) using (column_name)",
            [file_id, file_id],
        )


def _profiles(layout: Layout) -> str:
    """Select what each column of a layout looks like in the first lines of the file `?`."""
    names = ", ".join(quote_identifier(name) for name in layout.columns)
    fitting = [
        f"count(*) filter (regexp_full_match(value, {quote_literal(form)})) as {name}_values"
        for name, form in FORMS.items()
    ]
    written_as = " ".join(
        f"when {name}_values >= {MOST_VALUES} * profiled_values then {quote_literal(name)}" for name in FORMS
    )
    return (
        f"select *, case {written_as} else 'text' end as written_as"
        f" from (select column_name, count(*) as profiled_values, {', '.join(fitting)}"
        f" from (unpivot (select {names} from extract.raw_{layout.layout}"
        f" where file_id = ? and line <= {PROFILED_LINES}) on {names} into name column_name value value)"
        f" where value not in ({', '.join(map(quote_literal, ['', *layout.format.nulls]))}) group by column_name)"
    )


STILL_FITTING = " ".join(f"when '{form}' then n.{form}_values" for form in FORMS)

CHANGES = f"""
with read_file as (
    select
        file_id, source_system, layout, path, first_seen_on,
        last_value(case when loaded_at is not null then file_id end ignore nulls) over (
            partition by source_system, layout, name_facts order by exported_on, path, file_id
            rows between unbounded preceding and 1 preceding
        ) as before_id
    from extract.file
    where loaded_at is not null or refused_because is not null
),

side as (
    select
        f.*, n.header, n.column_name, o.header as header_before,
        n.written_as, o.written_as as written_before, least(n.profiled_values, o.profiled_values) as compared,
        case o.written_as {STILL_FITTING} else n.profiled_values end as still_fitting,
        n.profiled_values
    from read_file as f
    inner join extract.file_column as n on n.file_id = f.file_id
    left join extract.file_column as o
        on o.file_id = f.before_id and (o.header = n.header or o.column_name = n.column_name)
    where f.before_id is not null
),

gone as (
    select f.*, o.header, o.column_name
    from read_file as f
    inner join extract.file_column as o on o.file_id = f.before_id
    semi join extract.file_column as a on a.file_id = f.file_id
    anti join extract.file_column as n
        on n.file_id = f.file_id and (n.header = o.header or n.column_name = o.column_name)
),

change as (
    select *, 'new' as change, cast(null as varchar) as was from side where header_before is null
    union all by name
    select *, 'missing' as change from gone
    union all by name
    select *, 'renamed' as change, header_before as was
    from side where column_name is not null and header <> header_before
    union all by name
    select *, 'retyped' as change, written_before || ' to ' || written_as as was
    from side where written_as <> written_before and compared >= {LEAST_VALUES}
        and still_fitting < {RETYPED_SHARE} * profiled_values
)

select file_id, source_system, layout, path, first_seen_on, change, header, any_value(column_name) as column_name,
    any_value(was) as was
from change group by all order by layout, file_id, change, header
"""


def build_drift(night: Night) -> None:
    """Rebuild `extract.drift` by comparing each file with the one before it, of the same source and layout."""
    create_file_column(night)
    changes = night.engine.fetch_arrow(CHANGES).to_pylist()
    rows = [
        row
        for _, of_file in groupby(changes, key=lambda change: change["file_id"])
        for row in _with_suggestions(night, list(of_file))
    ]
    names = DRIFT.column_names
    types = {name: pa.date32() if name == "first_seen_on" else pa.string() for name in names}
    table = pa.table({name: pa.array([row[name] for row in rows], types[name]) for name in names})
    with night.engine.arrow_view(table) as view:
        night.engine.replace_table("extract.drift", f"from {view}")


def _with_suggestions(night: Night, changes: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Pair a new header with a missing column that it is likely another spelling of, and answer each change."""
    layout = night.project.layouts[changes[0]["layout"]]
    mapping = f"config/layouts/{layout.layout}.yml"
    new = [change["header"] for change in changes if change["change"] == "new"]
    gone = [change for change in changes if change["change"] == "missing" and change["column_name"]]
    pairs = find_renamed(new, layout, [layout.columns[change["column_name"]].header for change in gone])
    for change in changes:
        column, header = change["column_name"], change["header"]
        if change["change"] == "new" and header in pairs:
            yield change | {
                "change": "renamed",
                "column_name": pairs[header],
                "suggestion": f"`{_yaml(aliases=[header])}` at {pairs[header]} in {mapping}, and load the file again.",
            }
        elif change["change"] == "missing" and column in pairs.values():
            continue  # told as renamed
        else:
            yield change | {"suggestion": _answer(change, mapping)}


def _yaml(**mapping: str | list[str]) -> str:
    """Write a mapping as it may be pasted into a YAML file; headers hold colons, and `No`."""
    text = yaml.safe_dump(mapping, default_flow_style=True, allow_unicode=True, width=10_000)
    return str(text).strip()[1:-1]


def _answer(change: dict[str, str], mapping: str) -> str:
    column, header = change["column_name"], change["header"]
    match change["change"]:
        case "new":
            return (
                f"Not loaded. To take it: a line with `{_yaml(header=header)}` under `columns` in {mapping}."
            )
        case "missing" if column:
            return f"{column} is empty now. If it goes by another name, add that to `aliases` of {column} in {mapping}."
        case "missing":
            return "None: no column of the layout took it."
        case "renamed":
            return f"None: an alias of {column} reads it. It was {change['was']!r} before."
        case _:
            return (
                f"From {change['was']}: see whether `type` and `formats` of {column} in {mapping} still fit."
            )
