"""The proof that no record is lost between file and night."""

from __future__ import annotations

from cdp_pipeline.errors import ConservationError
from cdp_pipeline.night import Night

CONSERVATION = """
with loaded as ({loaded}),

quarantined as (
    select file_id, count(*) as records from validate.quarantine group by file_id
)

select
    f.file_id,
    f.source_system,
    f.layout,
    f.path,
    f.first_seen_on,
    f.physical_records,
    coalesce(l.records, 0) as loaded_records,
    coalesce(q.records, 0) as quarantined_records,
    f.blank_records
from extract.file as f
left join loaded as l on l.file_id = f.file_id
left join quarantined as q on q.file_id = f.file_id
where f.layout in ({layouts})
order by f.source_system, f.layout, f.path, f.file_id
"""

LOADED = """
select r.file_id, count(*) as records
from extract.raw_{layout} as r
anti join validate.quarantine as q on q.file_id = r.file_id and q.line = r.line
group by r.file_id
"""


def build_conservation(night: Night) -> None:
    """Build `validate.conservation`, one row per file, and demand that every row adds up.

    Raises:
        ConservationError: names the first file whose records are unaccounted for.
    """
    loaded = "union all".join(LOADED.format(layout=layout) for layout in night.project.used_layouts)
    layouts = ", ".join(f"'{layout}'" for layout in night.project.used_layouts)
    night.engine.replace_table("validate.conservation", CONSERVATION.format(loaded=loaded, layouts=layouts))
    lost = night.engine.fetch_all(
        "select path, physical_records, loaded_records, quarantined_records, blank_records"
        " from validate.conservation"
        " where physical_records is distinct from loaded_records + quarantined_records + blank_records"
        " order by path"
    )
    if lost:
        path, physical, loaded_records, quarantined, blank = lost[0]
        raise ConservationError(
            f"{path}: {physical} records delivered, but {loaded_records} loaded + {quarantined} quarantined "
            f"+ {blank} blank ({len(lost)} files in all). Nothing was published. Compare the file's lines "
            "with its raw table and with validate.quarantine."
        )
