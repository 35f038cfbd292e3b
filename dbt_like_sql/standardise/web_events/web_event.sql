-- Grain: one row per event.
with
web_event as (select * from {{ source('web_events') }})

select
    source_system,
    cookie_id,
    session_id,
    email,
    event,
    page_url,
    product_id as sku,
    category,
    search_term,
    utm_source,
    utm_medium,
    utm_campaign,
    event_at as occurred_at
from web_event
