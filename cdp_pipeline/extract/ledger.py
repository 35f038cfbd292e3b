"""The ledger: what was ever found under which name, and every content once."""

from __future__ import annotations

from datetime import timedelta

from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, TableContract
from cdp_pipeline.extract.database.reads import enter_refused_reads
from cdp_pipeline.extract.deliveries import as_rows, as_table, found_contents
from cdp_pipeline.night import Night

CONTENT_COLUMNS = [
    ColumnContract(name="sha256", type="VARCHAR", description="SHA-256 of the content."),
    ColumnContract(name="size_bytes", type="BIGINT", description="Size of the content."),
    ColumnContract(name="name_facts", type="VARCHAR", description="JSON of facts from the name."),
]

DELIVERY = TableContract(
    model="delivery",
    description="Everything that was ever found in the landing folder, a second delivery included.",
    grain="one row per name, content and night on which the name came to hold it",
    owner=DATA_ENGINEERING,
    key=["path", "file_id", "first_seen_on"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(name="path", type="VARCHAR", description="Name as delivered; ZIP members after !."),
        ColumnContract(
            name="file_id", type="VARCHAR", description="Short hash of source, layout and content."
        ),
        ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
        ColumnContract(name="layout", type="VARCHAR", description="Layout by which it is read."),
        *CONTENT_COLUMNS,
        ColumnContract(name="first_seen_on", type="DATE", description="Business date it was first found."),
        ColumnContract(
            name="exported_on", type="DATE", description="Date in the name; without one, when it was found."
        ),
        ColumnContract(
            name="replaced_on",
            type="DATE",
            description="Business date the name held something else; null: not yet.",
        ),
    ],
)

FILE = TableContract(
    model="file",
    description="Ledger of delivered files: every content once, however often and under whatever name.",
    grain="one row per source, layout, content and facts from the name",
    owner=DATA_ENGINEERING,
    key=["file_id"],
    publish=["identified", "analyst"],
    columns=[
        ColumnContract(
            name="file_id", type="VARCHAR", description="Short hash of source, layout and content."
        ),
        ColumnContract(name="source_system", type="VARCHAR", description="Source that delivered it."),
        ColumnContract(name="layout", type="VARCHAR", description="Layout by which it is read."),
        ColumnContract(
            name="path", type="VARCHAR", description="Name at first delivery; ZIP members after !."
        ),
        *CONTENT_COLUMNS,
        ColumnContract(name="first_seen_on", type="DATE", description="Business date of first delivery."),
        ColumnContract(name="loaded_at", type="TIMESTAMP", description="When it was loaded, UTC."),
        ColumnContract(
            name="physical_records",
            type="BIGINT",
            description="Records in the file, counted apart; no header.",
        ),
        ColumnContract(name="blank_records", type="BIGINT", description="Blank lines among them."),
        ColumnContract(name="unknown_columns", type="VARCHAR", description="Headers that the layout lacks."),
        ColumnContract(
            name="missing_columns", type="VARCHAR", description="Optional columns that are absent."
        ),
        ColumnContract(name="read_as", type="VARCHAR", description="Fingerprint of how the layout read it."),
        ColumnContract(
            name="refused_because", type="VARCHAR", description="Why it could not be read; null where it was."
        ),
        ColumnContract(name="exported_on", type="DATE", description="Newest export date of its deliveries."),
        ColumnContract(
            name="file_kind", type="VARCHAR", description="delimited, json_lines, parquet or workbook."
        ),
        ColumnContract(
            name="superseded_on",
            type="DATE",
            description="Business date on which a newer list of the same source and layout took its place.",
        ),
        ColumnContract(
            name="dropped_on",
            type="DATE",
            description="Business date on which its accepted records were deleted, being superseded.",
        ),
        ColumnContract(
            name="rewritten_at",
            type="TIMESTAMP",
            description="When records of erased people were taken out of what lies in the landing folder, UTC.",
        ),
    ],
)


def build_delivery(night: Night) -> None:
    """Enter what lies in the landing folder into `extract.delivery`.

    `extract.landing` holds what lies there now, `extract.left_member` what archives hold that is not read; both are
    internal. A name that comes to hold another content is entered anew, so one that is overwritten every night has a
    row per night, and of A, B and A again three. A rerun of the night enters nothing twice.
    """
    _create_or_widen(night, DELIVERY)
    _note_what_lies_there(night)
    enter_refused_reads(night)
    tonight = night.business_date
    night.engine.execute(CLOSE_REPLACED, [tonight])
    night.engine.execute(REOPEN_RETURNED, [tonight])
    night.engine.execute(ENTER_NEW, [tonight, tonight + MAY_LEAD])
    has_accepted = night.engine.table_exists("validate.accepted_file")
    accepted = "select file_id from validate.accepted_file" if has_accepted else "select null where false"
    night.engine.execute(KEEP_PARTS_TOGETHER.format(accepted=accepted))


def _note_what_lies_there(night: Night) -> None:
    found = found_contents(night.project)
    for table, rows in (
        ("extract.landing", as_table(found.deliveries)),
        ("extract.left_member", as_rows(found.left_members)),
    ):
        with night.engine.arrow_view(rows) as view:
            night.engine.replace_table(table, f"from {view}")


MAY_LEAD = timedelta(days=1)
"""A name may be a day ahead of the night, in another zone; further ahead it is no date of an export."""

HOLDS_NOW = "l.source_system = d.source_system and l.layout = d.layout and l.path = d.path"

CLOSE_REPLACED = f"""
update extract.delivery as d set replaced_on = $1 from extract.landing as l
where d.replaced_on is null and {HOLDS_NOW} and l.file_id <> d.file_id
"""

REOPEN_RETURNED = f"""
update extract.delivery as d set replaced_on = null from extract.landing as l
where d.first_seen_on = $1 and {HOLDS_NOW} and l.file_id = d.file_id
"""

ENTER_NEW = """
insert into extract.delivery by name
select
    path, file_id, source_system, layout, sha256, size_bytes, name_facts, cast($1 as date) as first_seen_on,
    coalesce(case when date_in_name <= cast($2 as date) then date_in_name end, cast($1 as date))
        as exported_on
from extract.landing
anti join (from extract.delivery where replaced_on is null) using (source_system, layout, path, file_id)
"""

# A list may come in several undated files that are overwritten in place. One that did not change is still part of the
# newest list, else its records would count as gone: it is as new as what last overwrote another part. What was taken
# away before it counted overwrote nothing. A dated name that was overwritten keeps its date, which lies before.
KEEP_PARTS_TOGETHER = f"""
with overwriting as (
    select x.source_system, x.layout, max(x.first_seen_on) as exported_on
    from extract.delivery as x
    join extract.delivery as o
        on o.source_system = x.source_system and o.layout = x.layout and o.path = x.path
        and o.replaced_on = x.first_seen_on and o.file_id <> x.file_id
    where
        x.exported_on >= x.first_seen_on
        and (
            x.file_id in ({{accepted}})
            or (x.source_system, x.layout, x.path, x.file_id) in (
                select (l.source_system, l.layout, l.path, l.file_id) from extract.landing as l
                where l.date_in_name is null and l.refused_because is null
            )
        )
    group by x.source_system, x.layout
)

update extract.delivery as d set exported_on = greatest(d.first_seen_on, o.exported_on)
from extract.landing as l left join overwriting as o using (source_system, layout)
where
    d.replaced_on is null and {HOLDS_NOW} and l.file_id = d.file_id and l.is_snapshot and l.date_in_name is null
"""


def build_file(night: Night) -> None:
    """Enter new content into `extract.file` under the first of its names, and what cannot be read with the reason.

    Content that was never loaded and has left the landing folder is forgotten: a broken file that was replaced
    must not hold up the nights. Dropped content that is delivered as newer than before is loaded again.
    """
    _create_or_widen(night, FILE)
    execute = night.engine.execute
    execute("update extract.file set superseded_on = null where superseded_on = ?", [night.business_date])
    execute(
        "delete from extract.file where loaded_at is null"
        " and file_id not in (select file_id from extract.landing)"
    )
    execute(
        "insert into extract.file by name"
        " select file_id, source_system, layout, path, sha256, size_bytes, name_facts, first_seen_on"
        " from extract.delivery semi join extract.landing using (path, file_id)"
        " anti join extract.file using (file_id)"
        " qualify row_number() over (partition by file_id order by first_seen_on, path) = 1"
    )
    execute(f"update extract.file as f set read_as = null, superseded_on = null from {AGE} where {RETURNS}")
    execute(
        f"update extract.file as f set exported_on = age.exported_on from {AGE} where age.file_id = f.file_id"
    )
    execute("update extract.file set refused_because = null where loaded_at is not null")
    execute(
        "update extract.file as f set refused_because = l.refused_because from extract.landing as l"
        " where l.file_id = f.file_id and l.refused_because is not null"
    )


AGE = "(select file_id, max(exported_on) as exported_on from extract.delivery group by file_id) as age"

RETURNS = (
    "age.file_id = f.file_id and age.exported_on > f.exported_on"
    " and f.dropped_on is not null and f.superseded_on is not null"
)


def _create_or_widen(night: Night, contract: TableContract) -> None:
    """Create a table that grows from night to night, or add what an older version of it lacks."""
    table = f"extract.{contract.model}"
    night.engine.execute(f"create table if not exists {table} ({contract.column_definitions})")
    for column in contract.columns:
        night.engine.execute(f"alter table {table} add column if not exists {column.name} {column.type}")
    if contract is DELIVERY:
        night.engine.execute(f"update {table} set exported_on = first_seen_on where exported_on is null")
