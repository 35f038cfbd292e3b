-- One profile per customer: the values that survived, and what is known of the records behind them.
-- Grain: one row per customer; customers without any value are there too.
-- Rule: values come from profile_value, where survivorship decided them (config/survivorship.yml).
{% set decided_columns = [
    'given_name', 'family_name', 'name_suffix', 'birth_date', 'gender', 'salutation', 'language', 'email',
    'phone', 'street', 'postcode', 'city', 'region', 'country',
] -%}
with customer_source_record as (
    select * from {{ ref('customer_source_record') }}
),

candidate_record as (
    select * from {{ ref('candidate_record') }}
),

record_first_seen as (
    select * from {{ ref('record_first_seen') }}
),

customer_purchase as (
    select * from {{ ref('customer_purchase') }}
),

profile_value as (
    select * from {{ ref('profile_value') }}
),

household as (
    select * from {{ ref('household') }}
),

customer as (
    select
        customer_id,
        count(*) as record_count,
        count(distinct source_system) as source_count
    from customer_source_record
    group by customer_id
),

trace as (
    select
        customer_id,
        observed_at as first_at,
        observed_at as last_at
    from candidate_record
    union all
    -- As it first came: a corrected record tells the time of its correction. A wrong date ahead that was
    -- corrected must not stay the latest trace.
    select
        customer_source_record.customer_id,
        record_first_seen.first_seen_at as first_at,
        case when candidate_record.observed_at is null then record_first_seen.first_seen_at end as last_at
    from record_first_seen
    inner join customer_source_record
        on record_first_seen.source_system = customer_source_record.source_system
            and record_first_seen.record_kind = customer_source_record.record_kind
            and record_first_seen.source_record_id = customer_source_record.source_record_id
    left join candidate_record
        on record_first_seen.source_system = candidate_record.source_system
            and record_first_seen.record_kind = candidate_record.record_kind
            and record_first_seen.source_record_id = candidate_record.source_record_id
    union all
    select
        customer_id,
        occurred_at as first_at,
        occurred_at as last_at
    from customer_purchase
),

presence as (
    select
        customer_id,
        min(first_at) as first_seen_at,
        max(last_at) as last_seen_at
    from trace
    group by customer_id
),

survivor as (
    select
        customer_id,
    {%- for column in decided_columns %}
    max(case when column_name = '{{ column }}' then value end) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    from profile_value
    where is_survivor
    group by customer_id
)

select
    customer.customer_id,
    survivor.given_name,
    survivor.family_name,
    survivor.name_suffix,
    cast(survivor.birth_date as date) as birth_date,
    survivor.gender,
    survivor.salutation,
    survivor.language,
    survivor.email,
    survivor.phone,
    survivor.street,
    survivor.postcode,
    survivor.city,
    survivor.region,
    survivor.country,
    presence.first_seen_at,
    presence.last_seen_at,
    customer.record_count,
    customer.source_count,
    household.household_id
from customer
left join presence on customer.customer_id = presence.customer_id
left join survivor on customer.customer_id = survivor.customer_id
left join household on customer.customer_id = household.customer_id
