-- By which numbers other systems know a customer: loyalty numbers, ids of the CRM, browsers.
-- Grain: one row per customer, source, kind and id.
-- Rule: cookies are those whose events lead to the customer alone, with all that the browser did, before it
-- was known whose it is, too.
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

external_id as (
    select * from {{ ref('external_id') }}
),

cookie_owner as (
    select * from {{ ref('cookie_owner') }}
),

customer_web_event as (
    select * from {{ ref('customer_web_event') }}
),

named as (
    select
        source_system,
        record_kind,
        source_record_id,
        id_kind,
        id_value
    from external_id
    union all
    select
        customer_source_record.source_system,
        customer_source_record.record_kind,
        customer_source_record.source_record_id,
        'crm_id' as id_kind,
        customer_source_record.source_record_id as id_value
    from customer_source_record
    inner join record_channel on customer_source_record.record_kind = record_channel.record_kind
    where record_channel.channel = 'crm'
)

select
    customer_source_record.customer_id,
    named.source_system,
    named.id_kind,
    named.id_value,
    count(*) as record_count,
    coalesce(min(record_first_seen.first_seen_at), min(candidate_record.observed_at)) as first_seen_at,
    coalesce(max(candidate_record.observed_at), max(record_first_seen.first_seen_at)) as last_seen_at,
    cast(null as timestamp) as known_since
from named
inner join customer_source_record
    on named.source_system = customer_source_record.source_system
        and named.record_kind = customer_source_record.record_kind
        and named.source_record_id = customer_source_record.source_record_id
left join candidate_record
    on named.source_system = candidate_record.source_system
        and named.record_kind = candidate_record.record_kind
        and named.source_record_id = candidate_record.source_record_id
left join record_first_seen
    on named.source_system = record_first_seen.source_system
        and named.record_kind = record_first_seen.record_kind
        and named.source_record_id = record_first_seen.source_record_id
group by customer_source_record.customer_id, named.source_system, named.id_kind, named.id_value
union all
select
    cookie_owner.customer_id,
    cookie_owner.source_system,
    'cookie' as id_kind,
    cookie_owner.cookie_id as id_value,
    cast(0 as bigint) as record_count,
    min(customer_web_event.occurred_at) as first_seen_at,
    max(customer_web_event.occurred_at) as last_seen_at,
    cookie_owner.known_since
from cookie_owner
left join customer_web_event
    on cookie_owner.customer_id = customer_web_event.customer_id
        and cookie_owner.source_system = customer_web_event.source_system
        and cookie_owner.cookie_id = customer_web_event.cookie_id
group by
    cookie_owner.customer_id,
    cookie_owner.source_system,
    cookie_owner.cookie_id,
    cookie_owner.known_since
