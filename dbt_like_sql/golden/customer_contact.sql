-- How a customer can be reached, and in which state each way is.
-- Grain: one row per customer, kind and contact point; an invalid one stands as it was delivered.
-- Rule: contact_rank prefers valid, then reachable, then lately seen, then often seen contact points.
with candidate_record as (
    select * from {{ ref('candidate_record') }}
),

contact_point as (
    select * from {{ ref('contact_point') }}
),

contact_state as (
    select * from {{ ref('contact_state') }}
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
        max(candidate_record.observed_at) as last_seen_at
    from contact_point
    inner join candidate_record
        on contact_point.source_system = candidate_record.source_system
            and contact_point.record_kind = candidate_record.record_kind
            and contact_point.source_record_id = candidate_record.source_record_id
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
        sharing.customer_count > 1 as is_shared,
        sharing.customer_count,
        collected.record_count,
        collected.last_seen_at
    from collected
    inner join sharing
        on collected.contact_kind = sharing.contact_kind
            and collected.contact_value = sharing.contact_value
    left join contact_state
        on collected.contact_kind = contact_state.contact_kind
            and collected.contact_value = contact_state.contact_value
)

select
    customer_id,
    contact_kind,
    contact_value,
    is_valid,
    invalid_reason,
    is_mobile,
    delivery_state,
    state_since,
    state_source,
    is_shared,
    customer_count,
    record_count,
    last_seen_at,
    row_number() over (
        partition by customer_id, contact_kind
        order by
            case when is_valid then 0 else 1 end,
            case when delivery_state = 'reachable' then 0 else 1 end,
            last_seen_at desc nulls last,
            record_count desc,
            contact_value
    ) as contact_rank
from described
