{% set kept = ['purpose', 'channel', 'status', 'occurred_at', 'origin', 'proof', 'file_id', 'line'] -%}
-- Decisions as delivered, with the contact points that they reach.
-- Grain: one row per delivered decision and contact point; a single one without, where it reaches none.
-- Rule: a number without country is read with the source's country. That may be the wrong one, so a refusal
-- counts for every known number that the same digits may mean; a grant never does.
with
delivered as ({{ parts('consent_event') }}),

source_system as (select * from {{ ref('source_system') }}),

phone_number as (select * from {{ ref('phone_number') }}),

phone_digit_form as (select * from {{ ref('phone_digit_form') }}),

tidy_decision as (
    select
        delivered.source_system,
        delivered.contact_kind,
        {{ tidy('delivered.delivered_value') }} as delivered_value,
        coalesce(source_system.country, 'ZZ') as country,
        delivered.purpose,
        delivered.channel,
        delivered.status,
        {{ utc_from_text('delivered.occurred_at', "coalesce(source_system.zone, 'UTC')") }} as occurred_at,
        delivered.origin,
        delivered.proof,
        delivered.file_id,
        delivered.line
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
),

reached as (
    {{ reached_contacts('tidy_decision', kept, reaches_others="status <> 'granted'") }}
)

select
    source_system,
    contact_kind,
    delivered_value,
    contact_value,
    purpose,
    channel,
    status,
    occurred_at,
    origin,
    proof,
    file_id,
    line,
    contact_value is null and status in ('denied', 'withdrawn') as is_lost_refusal
from reached
