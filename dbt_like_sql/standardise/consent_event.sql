-- Grain: one row per source, contact point, purpose, channel, status and time.
-- Rule: every decision is kept, none is inferred; the newest one is for the reader to find. Decisions about
-- an address that is none by its form can reach nobody and are left out. Delivered twice counts once.
with
delivered_consent as ({{ parts('consent_event') }}),

source_system as (select * from {{ ref('source_system') }}),

phone_number as (select * from {{ ref('phone_number') }}),

delivered as (
    select
        delivered_consent.source_system,
        delivered_consent.contact_kind,
        {{ tidy('delivered_consent.delivered_value') }} as delivered_value,
        case
            when delivered_consent.contact_kind = 'email'
                then {{ bare_email(tidy('delivered_consent.delivered_value')) }}
        end as email,
        coalesce(source_system.country, 'ZZ') as country,
        delivered_consent.purpose,
        delivered_consent.channel,
        delivered_consent.status,
        {{ utc_from_text('delivered_consent.occurred_at', "coalesce(source_system.zone, 'UTC')") }}
            as occurred_at,
        delivered_consent.origin,
        delivered_consent.proof
    from delivered_consent
    left join source_system on delivered_consent.source_system = source_system.source_system
),

normalised as (
    select
        delivered.source_system,
        delivered.contact_kind,
        case when {{ is_email('delivered.email') }} then delivered.email else phone_number.e164 end
            as contact_value,
        delivered.purpose,
        delivered.channel,
        delivered.status,
        delivered.occurred_at,
        delivered.origin,
        delivered.proof
    from delivered
    left join phone_number
        on
            delivered.contact_kind = 'phone'
            and delivered.delivered_value = phone_number.delivered_value
            and delivered.country = phone_number.country
)

select
    source_system,
    contact_kind,
    contact_value,
    purpose,
    channel,
    status,
    occurred_at,
    origin,
    proof
from normalised
where contact_value is not null
qualify
    row_number() over (
        partition by source_system, contact_kind, contact_value, purpose, channel, status, occurred_at
        order by origin nulls last, proof nulls last
    ) = 1
