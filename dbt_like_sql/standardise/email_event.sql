-- Grain: one row per address, campaign, event, time and link.
-- Rule: events of an address that is none by its form are left out. Delivered twice counts once.
with
delivered_event as ({{ parts('email_event') }}),

source_system as (select * from {{ ref('source_system') }}),

-- Addresses repeat in thousands of events; each is read once.
valid_address as (
    {{ valid_addresses('delivered_event') }}
),

delivered as (
    select
        delivered_event.source_system,
        valid_address.email,
        delivered_event.campaign_id,
        {{ tidy('delivered_event.campaign_name') }} as campaign_name,
        delivered_event.event,
        {{ utc_from_text('delivered_event.occurred_at', "coalesce(source_system.zone, 'UTC')") }}
            as occurred_at,
        delivered_event.link
    from delivered_event
    inner join valid_address on delivered_event.email = valid_address.delivered_email
    left join source_system on delivered_event.source_system = source_system.source_system
),

identified as (
    select
        source_system,
        left(sha256(
            email || '|' || coalesce(campaign_id, '') || '|' || event || '|' || cast(occurred_at as varchar)
            || '|' || coalesce(link, '')
        ), 32) as email_event_id,
        email,
        campaign_id,
        campaign_name,
        event,
        occurred_at,
        link
    from delivered
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
