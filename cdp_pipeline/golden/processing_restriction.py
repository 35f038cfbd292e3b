"""`golden.processing_restriction`: whose data must not be used, and for what, by the customers of tonight.

Restrictions are entered about records and an id of some earlier night. Whoever holds one of these records now, or into
whom that id was merged, is restricted: after a merge the merged customer, after a split both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.night import Night

TABLE = "golden.processing_restriction"

WENT_BY = "golden.standing_restriction"
"""Internal to the night: the numbers of all that stood when it began, those that concern nobody among them."""

COLUMNS = """
    restriction_id bigint, customer_id varchar, restriction_kind varchar, purpose varchar, since timestamp,
    source varchar
"""


def create_processing_restriction(night: Night) -> None:
    """See to it that the table exists; a night fills it with what stands in the control database."""
    night.engine.execute(f"create table if not exists {TABLE} ({COLUMNS})")
    night.engine.execute(f"create table if not exists {WENT_BY} (restriction_id bigint)")


def write_processing_restriction(night: Night, standing: pa.Table, records: pa.Table) -> None:
    """Replace the table by what stands.

    Args:
        standing: restriction_id, restriction_kind, customer_id, purpose, since (UTC), source.
        records: restriction_id, source_system, record_kind, source_record_id.
    """
    with night.engine.arrow_view(standing) as stands, night.engine.arrow_view(records) as record:
        night.engine.replace_table(TABLE, OF_TONIGHT.format(stands=stands, record=record))
        night.engine.replace_table(WENT_BY, f"select restriction_id from {stands} order by restriction_id")


OF_TONIGHT = """
with of_record as (
    select record.restriction_id, owner.customer_id
    from {record} as record
    join link.customer_source_record as owner using (source_system, record_kind, source_record_id)
),

-- An id that was merged leads to its customer of today; one that stands for itself may be there still.
of_id as (
    select stands.restriction_id, coalesce(alias.customer_id, stands.customer_id) as customer_id
    from {stands} as stands
    left join link.customer_id_alias as alias on alias.old_customer_id = stands.customer_id
),

restricted as (
    from of_record union (
        from of_id semi join link.customer_source_record using (customer_id)
    )
)

select
    restriction_id, restricted.customer_id, stands.restriction_kind, stands.purpose, stands.since, stands.source
from restricted join {stands} as stands using (restriction_id)
order by restriction_id, restricted.customer_id
"""
