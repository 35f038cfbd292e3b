"""`golden.manual_correction`: what people had corrected, by customers of tonight, and how it wins in the profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.night import Night
    from cdp_pipeline.sql_project.model import WrittenAs

TABLE = "golden.manual_correction"

WENT_BY = "golden.standing_correction"
"""Internal to the night: the numbers of all that stood when it began, those that concern nobody among them."""

MANUAL_CORRECTION = "manual_correction"
"""What `profile_value` names as source of a corrected value, and as the rule by which others lost to it."""

COLUMNS = (
    "customer_id varchar, column_name varchar, value varchar, correction_id bigint, corrected_at timestamp"
)


def create_manual_correction(night: Night) -> None:
    """See to it that the table exists; a night fills it with what stands in the control database."""
    night.engine.execute(f"create table if not exists {TABLE} ({COLUMNS})")
    night.engine.execute(f"create table if not exists {WENT_BY} (correction_id bigint)")


def write_manual_correction(night: Night, values: pa.Table, records: pa.Table) -> None:
    """Replace the table by what stands.

    Args:
        values: correction_id, customer_id (as it was), column_name, value, corrected_at (UTC).
        records: correction_id, position, source_system, record_kind, source_record_id.
    """
    with night.engine.arrow_view(values) as value, night.engine.arrow_view(records) as record:
        night.engine.replace_table(TABLE, OF_TONIGHT.format(value=value, record=record))
        night.engine.replace_table(
            WENT_BY, f"select distinct correction_id from {value} order by correction_id"
        )


OF_TONIGHT = """
with owned as (
    select record.correction_id, record.position, owner.customer_id
    from {record} as record
    join link.customer_source_record as owner using (source_system, record_kind, source_record_id)
),

of_first as (select correction_id, customer_id from owned where position = 1),

-- Where the record with which an id stays has left, the id itself leads to who has it now.
of_id as (
    select distinct value.correction_id, coalesce(alias.customer_id, value.customer_id) as customer_id
    from {value} as value
    left join link.customer_id_alias as alias on alias.old_customer_id = value.customer_id
    semi join link.customer_source_record as alive
        on coalesce(alias.customer_id, value.customer_id) = alive.customer_id
    anti join of_first on value.correction_id = of_first.correction_id
),

-- The other records speak only where the id was never given out here. An id that was, and is no more, was another
-- customer's than theirs: they had parted before.
of_rest as (
    select owned.correction_id, arg_min(owned.customer_id, owned.position) as customer_id
    from owned
    anti join (
        from {value} as value semi join link.customer_id_event as event on value.customer_id = event.customer_id
    ) as known on owned.correction_id = known.correction_id
    anti join of_first on owned.correction_id = of_first.correction_id
    anti join of_id on owned.correction_id = of_id.correction_id
    group by owned.correction_id
),

corrected as (
    from of_first union all (from of_id) union all (from of_rest)
)

select corrected.customer_id, value.column_name, value.value, correction_id, value.corrected_at
from corrected join {value} as value using (correction_id)
qualify row_number() over (
    partition by corrected.customer_id, value.column_name order by correction_id desc
) = 1
order by corrected.customer_id, value.column_name
"""


def with_corrections(decided: str, written_as: WrittenAs = str) -> str:
    """Return the query of `golden.profile_value`: a corrected value is first, and all delivered ones lost to it.

    A correction that empties a column has no row; the delivered values lost all the same.

    Args:
        decided: query of what survivorship decided among the delivered values, in the table's columns.
        written_as: says what stands in the query for the table of corrections.
    """
    return f"""with decided as (
{decided}
),
manual_correction as (select * from {written_as(TABLE)})
select
    decided.customer_id,
    decided.column_name,
    decided.position + case when correction_id is null then 0 else 1 end as position,
    decided.value,
    decided.is_survivor and correction_id is null as is_survivor,
    case when correction_id is null then decided.decided_by else '{MANUAL_CORRECTION}' end as decided_by,
    decided.source_system,
    decided.record_kind,
    decided.source_record_id,
    decided.candidate_label,
    decided.observed_at
from decided
left join manual_correction
    on decided.customer_id = manual_correction.customer_id
        and decided.column_name = manual_correction.column_name
union all
select
    customer_id,
    column_name,
    1,
    value,
    true,
    '{MANUAL_CORRECTION}',
    '{MANUAL_CORRECTION}',
    'correction',
    cast(correction_id as varchar),
    '',
    corrected_at
from manual_correction
where value is not null"""
