"""When each record first came: what a later correction of the record does not move."""

from __future__ import annotations

from cdp_pipeline.engine import quote_literal
from cdp_pipeline.night import Night

TABLE = "golden.record_first_seen"
KEY = "source_system, record_kind, source_record_id"


def build_record_first_seen(night: Night) -> None:
    """Add to `golden.record_first_seen`, one row per record that is or was a customer's, the records that are new.

    first_seen_on is the night on which it first came, first_seen_at the change that it told then, or the night itself
    where it told none; never later than a day after that night, since a wrong date ahead would stay for ever. What an
    earlier run of the same business date added is taken back first. Records that are older than the table came, as far
    as anybody knows, when the id of their customer was given out.
    """
    tonight = f"cast({quote_literal(night.business_date.isoformat())} as date)"
    if night.engine.table_exists(TABLE):
        night.engine.execute(f"delete from {TABLE} where first_seen_on >= {tonight}")
        came_on = tonight
    else:
        night.engine.execute(f"create table {TABLE} ({COLUMNS})")
        came_on = f"least(given_out_on, {tonight})"
    night.engine.execute(f"insert into {TABLE} {NEW_RECORDS.format(came_on=came_on)}")


COLUMNS = f"{KEY.replace(',', ' varchar,')} varchar, first_seen_on date, first_seen_at timestamp"

NEW_RECORDS = f"""
with customer_id as (
    select customer_id, min(business_date) as given_out_on
    from link.customer_id_event
    where event in ('mint', 'split')
    group by customer_id
),
new_record as (
    select {KEY}, {{came_on}} as first_seen_on, updated_at
    from link.customer_source_record
    anti join {TABLE} using ({KEY})
    left join customer_id using (customer_id)
    left join standardise.customer_record using ({KEY})
)
select
    {KEY},
    first_seen_on,
    least(coalesce(updated_at, first_seen_on::timestamp), first_seen_on + interval 1 day)
from new_record
order by {KEY}
"""
