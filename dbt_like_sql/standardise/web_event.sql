-- Grain: one row per browser, visit, event, time, page, article and search.
-- Rule: addresses in lower case, by a strict form; an event whose address is none stays, without it. Pages
-- stand without query, fragment and the parts of the path that tell a person or an order, and a search or
-- campaign that holds an address is left out: what people typed, or a shop put in its links, must not reach
-- analysts. Delivered twice counts once.
{% set sep = "'\x1f'" -%} {# the unit separator of ASCII: a value that a shop sends may hold any other sign #}
with
delivered_event as ({{ parts('web_event') }}),

source_system as (select * from {{ ref('source_system') }}),

-- Addresses repeat in thousands of events; each is read once.
valid_address as (
    {{ valid_addresses('delivered_event') }}
),

delivered as (
    select
        delivered_event.source_system,
        delivered_event.cookie_id,
        delivered_event.session_id,
        valid_address.email,
        lower(delivered_event.event) as event,
        {{ page_of('delivered_event.page_url') }} as page_url,
        {{ tidy('delivered_event.sku') }} as sku,
        {{ tidy('delivered_event.category') }} as category,
        {{ without_address(tidy('delivered_event.search_term')) }} as search_term,
        {{ without_address('delivered_event.utm_source') }} as utm_source,
        {{ without_address('delivered_event.utm_medium') }} as utm_medium,
        {{ without_address('delivered_event.utm_campaign') }} as utm_campaign,
        {{ utc_from_text('delivered_event.occurred_at', "coalesce(source_system.zone, 'UTC')") }}
            as occurred_at
    from delivered_event
    left join valid_address on delivered_event.email = valid_address.delivered_email
    left join source_system on delivered_event.source_system = source_system.source_system
),

identified as (
    select
        source_system,
        left(sha256(
            cookie_id || {{ sep }} || coalesce(session_id, '') || {{ sep }} || event || {{ sep }}
            || cast(occurred_at as varchar) || {{ sep }} || coalesce(page_url, '') || {{ sep }}
            || coalesce(sku, '') || {{ sep }} || coalesce(search_term, '')
        ), 32) as web_event_id,
        cookie_id,
        session_id,
        email,
        event,
        page_url,
        sku,
        category,
        search_term,
        utm_source,
        utm_medium,
        utm_campaign,
        occurred_at
    from delivered
)

select
    source_system,
    web_event_id,
    cookie_id,
    session_id,
    email,
    event,
    page_url,
    sku,
    category,
    search_term,
    utm_source,
    utm_medium,
    utm_campaign,
    occurred_at
from identified
qualify
    row_number() over (
        partition by source_system, cookie_id, web_event_id
        order by
            email nulls last, category nulls last, utm_source nulls last, utm_medium nulls last,
            utm_campaign nulls last
    ) = 1
