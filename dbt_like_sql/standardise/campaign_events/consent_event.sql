-- Grain: one row per event that ends consent.
-- Rule: who unsubscribes or reports spam withdraws consent to marketing by e-mail.
with
campaign_event as (select * from {{ source('campaign_events') }})

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    'withdrawn' as status,
    event_at as occurred_at,
    'campaign ' || campaign_id as origin,
    event as proof,
    file_id,
    line
from campaign_event
where event in ('unsubscribed', 'complained')
