"""The SQL of membership and sizes, with places for the history, tonight's rows and the business date.

These two tables read their own past, which a plain model may not: hence they stand here.
"""

from __future__ import annotations

NO_HISTORY = (
    "select cast(null as varchar) as segment, cast(null as varchar) as customer_id, "
    "cast(null as date) as entered_on, cast(null as date) as left_on where false"
)

NO_CURRENT_MEMBERS = (
    "select cast(null as varchar) as segment, cast(null as varchar) as customer_id where false"
)

NO_CURRENT_SIZES = (
    "select '' as segment, cast(0 as bigint) as member_count, cast(0 as bigint) as non_member_count, "
    "cast(0 as bigint) as unknown_count where false"
)

INTERVALS = """
with history as (
    {history}
),

current_member as (
    {current}
),

-- Followed to today's ids; what a run of tonight or later wrote is taken back. Erased customers have no id.
carried as (
    select
        history.segment,
        case
            when alias.old_customer_id is null then history.customer_id
            else alias.customer_id
        end as customer_id,
        history.entered_on,
        case when history.left_on >= {tonight} then null else history.left_on end as left_on
    from history
    left join link.customer_id_alias as alias on history.customer_id = alias.old_customer_id
    where history.entered_on < {tonight}
),

-- A merge may bring two overlapping stays to one id: a stay starts where none before it reaches.
started as (
    select
        segment,
        customer_id,
        entered_on,
        coalesce(left_on, date '9999-12-31') as left_on,
        case
            when entered_on <= max(coalesce(left_on, date '9999-12-31')) over (
                partition by segment, customer_id order by entered_on, left_on nulls last
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_start
    from carried
    where customer_id is not null
),

numbered as (
    select
        segment,
        customer_id,
        entered_on,
        left_on,
        sum(is_start) over (
            partition by segment, customer_id order by entered_on, left_on
            rows between unbounded preceding and current row
        ) as stay
    from started
),

united as (
    select
        segment,
        customer_id,
        min(entered_on) as entered_on,
        nullif(max(left_on), date '9999-12-31') as left_on
    from numbered
    group by segment, customer_id, stay
),

continued as (
    select
        united.segment,
        united.customer_id,
        united.entered_on,
        case
            when united.left_on is null and current_member.customer_id is null then {tonight}
            else united.left_on
        end as left_on
    from united
    left join current_member
        on united.segment = current_member.segment and united.customer_id = current_member.customer_id
),

-- not exists: DuckDB 2.0.0 (outer_join_simplification) loses rows of a left join with `is null` here.
entered as (
    select
        current_member.segment,
        current_member.customer_id,
        {tonight} as entered_on,
        cast(null as date) as left_on
    from current_member
    where not exists (
        select 1
        from united
        where united.segment = current_member.segment
            and united.customer_id = current_member.customer_id
            and united.left_on is null
    )
)

select segment, customer_id, entered_on, left_on from continued
union all
select segment, customer_id, entered_on, left_on from entered
order by segment, customer_id, entered_on
"""

NO_SIZES = (
    "select cast(null as varchar) as segment, cast(null as date) as business_date, "
    "cast(null as bigint) as member_count, cast(null as bigint) as non_member_count, "
    "cast(null as bigint) as unknown_count, cast(null as bigint) as entered_count, "
    "cast(null as bigint) as left_count where false"
)

SIZES = """
with history as (
    {history}
),

counted as (
    {current}
),

moved as (
    select
        segment,
        count(*) filter (where entered_on = {tonight}) as entered_count,
        count(*) filter (where left_on = {tonight}) as left_count
    from segment.segment_member
    group by segment
)

select
    segment,
    business_date,
    member_count,
    non_member_count,
    unknown_count,
    entered_count,
    left_count
from history
where business_date < {tonight}
union all
select
    counted.segment,
    {tonight} as business_date,
    counted.member_count,
    counted.non_member_count,
    counted.unknown_count,
    coalesce(moved.entered_count, 0) as entered_count,
    coalesce(moved.left_count, 0) as left_count
from counted
left join moved on counted.segment = moved.segment
order by segment, business_date
"""
