-- Grain: one row per source, contact point, purpose, channel, status and time.
-- Rule: every decision is kept; the newest one is for the reader to find. Decisions about an address that is
-- none by its form can reach nobody and are left out; delivered_consent counts them. Delivered twice counts
-- once. A box that stands empty (cleared) may never have been seen: it is a denial only where the same source
-- knows a dated grant before it, which must have been taken back, or never confirmed.
with
delivered_consent as (select * from {{ ref('delivered_consent') }}),

first_grant as (
    select
        source_system,
        contact_kind,
        contact_value,
        purpose,
        channel,
        min(occurred_at) as granted_at
    from delivered_consent
    where status = 'granted' and occurred_at > cast({{ undated() }} as timestamp)
    group by source_system, contact_kind, contact_value, purpose, channel
),

decided as (
    select
        delivered_consent.source_system,
        delivered_consent.contact_kind,
        delivered_consent.contact_value,
        delivered_consent.purpose,
        delivered_consent.channel,
        case when delivered_consent.status = 'cleared' then 'denied' else delivered_consent.status end
            as status,
        delivered_consent.occurred_at,
        delivered_consent.origin,
        delivered_consent.proof
    from delivered_consent
    left join first_grant
        on
            delivered_consent.source_system = first_grant.source_system
            and delivered_consent.contact_kind = first_grant.contact_kind
            and delivered_consent.contact_value = first_grant.contact_value
            and delivered_consent.purpose = first_grant.purpose
            and delivered_consent.channel = first_grant.channel
    where
        delivered_consent.contact_value is not null
        and (
            delivered_consent.status <> 'cleared' or first_grant.granted_at <= delivered_consent.occurred_at
        )
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
from decided
qualify
    row_number() over (
        partition by source_system, contact_kind, contact_value, purpose, channel, status, occurred_at
        order by origin nulls last, proof nulls last
    ) = 1
