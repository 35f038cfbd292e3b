-- Grain: one row per source record and delivered birth date that lies after the record's delivery.
-- Rule: kept apart from the records, which are compared from night to night: lists come with a new date each
-- night.
with
delivered as ({{ parts('customer_record') }}),

delivered_date as (
    select
        birth_date,
        min(delivered_on) as first_delivered_on
    from delivered
    group by birth_date
),

suspect_date as (
    select
        birth_date,
        {{ date_from_text('birth_date') }} as born_on
    from delivered_date
    where {{ date_from_text('birth_date') }} > first_delivered_on
)

select
    delivered.source_system,
    delivered.record_kind,
    delivered.source_record_id,
    delivered.birth_date
from delivered
inner join suspect_date on delivered.birth_date = suspect_date.birth_date
group by
    delivered.source_system,
    delivered.record_kind,
    delivered.source_record_id,
    delivered.birth_date
having max(suspect_date.born_on) > max(delivered.delivered_on)
