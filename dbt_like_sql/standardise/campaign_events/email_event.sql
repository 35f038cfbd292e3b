-- Grain: one row per event.
with
campaign_event as (select * from {{ source('campaign_events') }})

select
    source_system,
    email,
    campaign_id,
    campaign_name,
    event,
    event_at as occurred_at,
    link
from campaign_event
