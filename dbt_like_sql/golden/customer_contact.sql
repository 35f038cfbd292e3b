-- How a customer can be reached, and in which state each way is.
-- Grain: one row per customer, kind and contact point; an invalid one stands as it was delivered.
-- Rule: contact_rank prefers valid, then reachable, then not recycled, then lately and often seen ones.
-- A contact point is recycled where someone of another household was first seen with it a year or more after
-- the customer's last record with it: numbers and mailboxes are given out anew. Not where more than three
-- households have it (a store's phone is shared, not handed on), nor where a record does not tell its age.
{% set recycled_after_days, most_households = 365, 3 -%}
with candidate_record as (
    select * from {{ ref('candidate_record') }}
),

contact_point as (
    select * from {{ ref('contact_point') }}
),

contact_state as (
    select * from {{ ref('contact_state') }}
),

record_first_seen as (
    select * from {{ ref('record_first_seen') }}
),

household as (
    select * from {{ ref('household') }}
),

verified_contact as (
    select
        contact_kind,
        contact_value,
        min(verified_at) as verified_at
    from {{ ref('contact_verification') }}
    group by contact_kind, contact_value
),

collected as (
    select
        candidate_record.customer_id,
        contact_point.contact_kind,
        coalesce(contact_point.contact_value, contact_point.delivered_value) as contact_value,
        max(case when contact_point.is_valid then 1 else 0 end) as valid_flag,
        min(contact_point.invalid_reason) as invalid_reason,
        max(case when contact_point.is_mobile then 1 when not contact_point.is_mobile then 0 end)
            as mobile_flag,
        count(*) as record_count,
        count(candidate_record.observed_at) as dated_count,
        min(record_first_seen.first_seen_at) as first_seen_at,
        max(candidate_record.observed_at) as last_seen_at
    from contact_point
    inner join candidate_record
        on contact_point.source_system = candidate_record.source_system
            and contact_point.record_kind = candidate_record.record_kind
            and contact_point.source_record_id = candidate_record.source_record_id
    left join record_first_seen
        on candidate_record.source_system = record_first_seen.source_system
            and candidate_record.record_kind = record_first_seen.record_kind
            and candidate_record.source_record_id = record_first_seen.source_record_id
    group by
        candidate_record.customer_id,
        contact_point.contact_kind,
        coalesce(contact_point.contact_value, contact_point.delivered_value)
),

sharing as (
    select
        contact_kind,
        contact_value,
        count(*) as customer_count
    from collected
    group by contact_kind, contact_value
),

-- The newest holder and the newest of any other household are enough to tell whether someone came later: a
-- value of thousands of customers is never joined to itself.
held_home as (
    select
        collected.contact_kind,
        collected.contact_value,
        coalesce(household.household_id, collected.customer_id) as home,
        max(collected.first_seen_at) as came_at
    from collected
    left join household on collected.customer_id = household.customer_id
    group by
        collected.contact_kind,
        collected.contact_value,
        coalesce(household.household_id, collected.customer_id)
),

placed_home as (
    select
        contact_kind,
        contact_value,
        home,
        came_at,
        row_number() over (
            partition by contact_kind, contact_value order by came_at desc nulls last, home
        ) as place
    from held_home
),

newest_home as (
    select
        contact_kind,
        contact_value,
        count(*) as home_count,
        max(case when place = 1 then home end) as home,
        max(case when place = 1 then came_at end) as came_at,
        max(case when place = 2 then came_at end) as other_came_at
    from placed_home
    group by contact_kind, contact_value
),

later_home as (
    select
        collected.customer_id,
        collected.contact_kind,
        collected.contact_value,
        collected.last_seen_at,
        collected.valid_flag = 1
        and collected.dated_count = collected.record_count
        and newest_home.home_count between 2 and {{ most_households }} as may_be_recycled,
        case
            when newest_home.home = coalesce(household.household_id, collected.customer_id)
                then newest_home.other_came_at
            else newest_home.came_at
        end as came_at
    from collected
    inner join newest_home
        on collected.contact_kind = newest_home.contact_kind
            and collected.contact_value = newest_home.contact_value
    left join household on collected.customer_id = household.customer_id
),

handed_on as (
    select
        customer_id,
        contact_kind,
        contact_value,
        case
            when
                may_be_recycled
                and date_diff('day', cast(last_seen_at as date), cast(came_at as date))
                >= {{ recycled_after_days }}
                then came_at
        end as recycled_at
    from later_home
),

keeping as (
    select
        contact_kind,
        contact_value,
        sum(case when recycled_at is null then 1 else 0 end) as keeper_count
    from handed_on
    group by contact_kind, contact_value
),

described as (
    select
        collected.customer_id,
        collected.contact_kind,
        collected.contact_value,
        collected.valid_flag = 1 as is_valid,
        case when collected.valid_flag = 0 then collected.invalid_reason end as invalid_reason,
        collected.mobile_flag = 1 as is_mobile,
        coalesce(contact_state.delivery_state, 'reachable') as delivery_state,
        contact_state.state_since,
        contact_state.state_source,
        verified_contact.verified_at,
        handed_on.recycled_at,
        keeping.keeper_count,
        sharing.customer_count > 1 as is_shared,
        sharing.customer_count,
        collected.record_count,
        collected.last_seen_at
    from collected
    inner join sharing
        on collected.contact_kind = sharing.contact_kind
            and collected.contact_value = sharing.contact_value
    inner join handed_on
        on collected.customer_id = handed_on.customer_id
            and collected.contact_kind = handed_on.contact_kind
            and collected.contact_value = handed_on.contact_value
    inner join keeping
        on collected.contact_kind = keeping.contact_kind
            and collected.contact_value = keeping.contact_value
    left join contact_state
        on collected.contact_kind = contact_state.contact_kind
            and collected.contact_value = contact_state.contact_value
    left join verified_contact
        on collected.contact_kind = verified_contact.contact_kind
            and collected.contact_value = verified_contact.contact_value
)

-- What hinders most comes first: a dead mailbox is dead for whoever had it before.
select
    customer_id,
    contact_kind,
    contact_value,
    is_valid,
    invalid_reason,
    is_mobile,
    case
        when not is_valid then 'invalid'
        when delivery_state <> 'reachable' then delivery_state
        when recycled_at is not null then 'recycled'
        when keeper_count > 1 then 'shared'
        else 'valid'
    end as contact_status,
    delivery_state,
    state_since,
    state_source,
    recycled_at,
    verified_at,
    is_shared,
    customer_count,
    record_count,
    last_seen_at,
    row_number() over (
        partition by customer_id, contact_kind
        order by
            case when is_valid then 0 else 1 end,
            case when delivery_state = 'reachable' then 0 else 1 end,
            case when recycled_at is not null then 1 else 0 end,
            last_seen_at desc nulls last,
            record_count desc,
            contact_value
    ) as contact_rank
from described
