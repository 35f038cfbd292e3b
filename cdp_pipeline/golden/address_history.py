"""Which addresses each record said, and when: canonical tables know only what it says now."""

from __future__ import annotations

from cdp_pipeline.golden.intervals import start_from_last_night
from cdp_pipeline.night import Night

TABLE = "golden.record_address_history"
KEY = "source_system, record_kind, source_record_id"
ADDRESS = ("address_label", "street", "postcode", "city", "region", "country")


def build_record_address_history(night: Night) -> None:
    """Bring `golden.record_address_history`, one row per record, address and interval, up to this night.

    An address that a record no longer says has ended; those of a record that has left every source are dropped on the
    night after, since nobody has a use for them. first_seen_at is the change that the record told when it first said
    the address, or the night itself where it told none; never later than a day after that night.
    """
    tonight = night.business_date
    start_from_last_night(night, "record_address_history")
    night.engine.execute(SAID_TONIGHT)
    night.engine.execute(END_INTERVALS, [tonight])
    night.engine.execute(BEGIN_INTERVALS, [tonight])
    night.engine.execute(DROP_GONE, [tonight])
    night.engine.execute("drop table temp.said_tonight")


SAID_TONIGHT = f"""
create or replace temp table said_tonight as
select {KEY}, {", ".join(ADDRESS)}
from standardise.postal_address
semi join link.customer_source_record using ({KEY})
"""


def _same(left: str, right: str) -> str:
    keys = [f"{left}.{name} = {right}.{name}" for name in KEY.split(", ")]
    return " and ".join([*keys, *(f"{left}.{name} is not distinct from {right}.{name}" for name in ADDRESS)])


END_INTERVALS = f"""
update {TABLE} as history set valid_to = $1
where valid_to is null and not exists (select 1 from said_tonight where {_same("said_tonight", "history")})
"""

BEGIN_INTERVALS = f"""
insert into {TABLE} by name
select
    {KEY}, {", ".join(f"said_tonight.{name}" for name in ADDRESS)},
    least(coalesce(updated_at, $1::timestamp), $1::timestamp + interval 1 day) as first_seen_at,
    $1::date as valid_from,
    null::date as valid_to
from said_tonight
anti join (from {TABLE} where valid_to is null) as history on {_same("said_tonight", "history")}
left join standardise.customer_record using ({KEY})
order by {KEY}, said_tonight.address_label
"""

DROP_GONE = f"""
delete from {TABLE} as history
where valid_to < $1 and not exists (
    select 1 from link.customer_source_record as record
    where {" and ".join(f"record.{name} = history.{name}" for name in KEY.split(", "))}
)
"""
