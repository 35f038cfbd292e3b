-- Where and when each customer was met.
-- Grain: one row per customer and channel.
-- Rule: records count in the channel of their kind; those of a single purchase count as the purchase alone.
-- Of campaigns only what the person did counts: that an e-mail was sent says nothing about who got it.
with customer_source_record as (
    select * from {{ ref('customer_source_record') }}
),

candidate_record as (
    select * from {{ ref('candidate_record') }}
),

record_first_seen as (
    select * from {{ ref('record_first_seen') }}
),

record_channel as (
    select * from {{ ref('record_channel') }}
),

customer_purchase as (
    select * from {{ ref('customer_purchase') }}
),

customer_email_event as (
    select * from {{ ref('customer_email_event') }}
),

customer_web_event as (
    select * from {{ ref('customer_web_event') }}
),

customer_service_interaction as (
    select * from {{ ref('customer_service_interaction') }}
),

trace as (
    select
        customer_source_record.customer_id,
        coalesce(record_channel.channel, 'other') as channel,
        1 as record_count,
        0 as event_count,
        coalesce(record_first_seen.first_seen_at, candidate_record.observed_at) as first_at,
        coalesce(candidate_record.observed_at, record_first_seen.first_seen_at) as last_at
    from customer_source_record
    left join candidate_record
        on customer_source_record.source_system = candidate_record.source_system
            and customer_source_record.record_kind = candidate_record.record_kind
            and customer_source_record.source_record_id = candidate_record.source_record_id
    left join record_first_seen
        on customer_source_record.source_system = record_first_seen.source_system
            and customer_source_record.record_kind = record_first_seen.record_kind
            and customer_source_record.source_record_id = record_first_seen.source_record_id
    left join record_channel on customer_source_record.record_kind = record_channel.record_kind
    where not coalesce(record_channel.is_of_one_purchase, false)
    {% for events, channel, at in [
        ('customer_purchase', 'channel', 'occurred_at'),
        ('customer_email_event', "'email'", 'occurred_at'),
        ('customer_web_event', "'web'", 'occurred_at'),
        ('customer_service_interaction', "'service'", 'opened_at'),
    ] %}
    union all
    select
        customer_id,
        {{ channel }} as channel,
        0 as record_count,
        1 as event_count,
        {{ at }} as first_at,
        {{ at }} as last_at
    from {{ events }}
    {{ "where event in ('opened', 'clicked', 'unsubscribed', 'complained')" if channel == "'email'" }}
    {% endfor %}
)

select
    customer_id,
    channel,
    min(first_at) as first_seen_at,
    max(last_at) as last_seen_at,
    cast(sum(record_count) as bigint) as record_count,
    cast(sum(event_count) as bigint) as event_count
from trace
group by customer_id, channel
