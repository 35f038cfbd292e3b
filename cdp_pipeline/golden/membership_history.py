"""Which records were which customer, and when."""

from __future__ import annotations

from cdp_pipeline.golden.intervals import start_from_last_night
from cdp_pipeline.night import Night

TABLE = "golden.membership_history"
KEY = "source_system, record_kind, source_record_id"


def build_membership_history(night: Night) -> None:
    """Bring `golden.membership_history`, one row per record and interval with one customer, up to this night.

    Reads the customers of tonight, where merged ids lead, and when records first came. Must run inside the transaction
    of the table's rebuild.
    """
    tonight = night.business_date
    start_from_last_night(night, "membership_history")
    night.engine.execute(MOVED_RECORDS, [tonight])
    night.engine.execute(END_INTERVALS, [tonight])
    night.engine.execute(BEGIN_INTERVALS, [tonight])
    night.engine.execute("drop table temp.moved_record")


MOVED_RECORDS = f"""
create or replace temp table moved_record as
with before as (
    select {KEY}, customer_id as former_customer_id
    from {TABLE}
    where valid_to is null
),
differing as (
    select {KEY}, former_customer_id, customer_id
    from before
    full join link.customer_source_record using ({KEY})
    where former_customer_id is distinct from customer_id
),
known as (
    select distinct {KEY}, true as is_known
    from {TABLE}
    semi join differing using ({KEY})
)
select
    differing.*,
    case
        when former_customer_id is null and is_known then 'returned'
        when former_customer_id is null and first_seen_on < cast($1 as date) then 'recorded'
        when former_customer_id is null then 'added'
        when differing.customer_id is null then 'removed'
        when alias.customer_id = differing.customer_id then 'merged'
        when differing.customer_id in (select former_customer_id from before) then 'moved'
        else 'split'
    end as change
from differing
left join known using ({KEY})
left join golden.record_first_seen using ({KEY})
left join link.customer_id_alias as alias on former_customer_id = old_customer_id
"""
"""One row per record whose customer differs from the last night's; null where it has none."""

END_INTERVALS = f"""
update {TABLE} as history set valid_to = $1, ended_by = moved_record.change
from moved_record
where
    history.valid_to is null
    and moved_record.former_customer_id is not null
    and history.source_system = moved_record.source_system
    and history.record_kind = moved_record.record_kind
    and history.source_record_id = moved_record.source_record_id
"""

BEGIN_INTERVALS = f"""
insert into {TABLE} by name
select {KEY}, customer_id, cast($1 as date) as valid_from, change as begun_by
from moved_record
where customer_id is not null
order by {KEY}
"""
