-- Grain: one row per source, channel, delivered value and contact point that it means.
-- Rule: a number without country is read with the source's country, and means every known number of the
-- same digits as well, as a refusal does: see delivered_consent. A hash stays a hash; whose it is,
-- suppressed_contact finds out.
with
delivered as ({{ parts('suppression') }}),

source_system as (select * from {{ ref('source_system') }}),

phone_number as (select * from {{ ref('phone_number') }}),

phone_digit_form as (select * from {{ ref('phone_digit_form') }}),

tidy_entry as (
    select
        delivered.source_system,
        delivered.contact_kind,
        {{ tidy('delivered.delivered_value') }} as delivered_value,
        coalesce(source_system.country, 'ZZ') as country,
        delivered.channel,
        {{ tidy('delivered.reason') }} as reason,
        {{ date_from_text('delivered.added_on') }} as added_on
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
),

reached as (
    {{ reached_contacts('tidy_entry', ['channel', 'reason', 'added_on']) }}
)

select
    source_system,
    contact_kind,
    delivered_value,
    contact_value,
    channel,
    reason,
    added_on,
    contact_value is null as is_lost
from reached
where delivered_value is not null
qualify
    row_number() over (
        partition by source_system, channel, contact_kind, delivered_value, contact_value
        order by added_on nulls last, reason nulls last
    ) = 1
