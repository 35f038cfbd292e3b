-- Grain: one row per address, campaign, event, time and link.
-- Rule: events of an address that is none by its form are left out. Delivered twice counts once.
with
delivered_event as ({{ parts('email_event') }}),

source_system as (select * from {{ ref('source_system') }}),

delivered as (
    select
        delivered_event.source_system,
        {{ bare_email(tidy('delivered_event.email')) }} as email,
        delivered_event.campaign_id,
        {{ tidy('delivered_event.campaign_name') }} as campaign_name,
        delivered_event.event,
        {{ utc_from_text('delivered_event.occurred_at', "coalesce(source_system.zone, 'UTC')") }} as occurred_at,
        delivered_event.link
    from delivered_event
    left join source_system on delivered_event.source_system = source_system.source_system
),

identified as (
    select
        source_system,
        sha256(
            email || '|' || coalesce(campaign_id, '') || '|' || event || '|' || cast(occurred_at as varchar)
            || '|' || coalesce(link, '')
        ) as email_event_id,
        email,
        campaign_id,
        campaign_name,
        event,
        occurred_at,
        link
    from delivered
    where {{ is_email('email') }}
)

select
    source_system,
    email_event_id,
    email,
    campaign_id,
    campaign_name,
    event,
    occurred_at,
    link
from identified
qualify row_number() over (partition by source_system, email_event_id order by campaign_name nulls last) = 1
