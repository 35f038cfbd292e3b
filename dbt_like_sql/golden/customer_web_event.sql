-- What customers did in the web shop; events of unknown visitors are left out.
-- Grain: one row per event of a known customer.
-- Rule: an event that carries an e-mail is its customer's where exactly one has it, and nobody's where
-- several or none have it: perhaps someone else was logged in than the cookie's owner. Only an event without
-- an e-mail is the cookie's owner's. So on a browser that several people use, each keeps what they did while
-- logged in.
with web_event as (
    select * from {{ ref('web_event') }}
),

customer_contact as (
    select * from {{ ref('customer_contact') }}
),

cookie_owner as (
    select * from {{ ref('cookie_owner') }}
),

own_address as (
    select
        contact_value as email,
        customer_id
    from customer_contact
    where contact_kind = 'email' and is_valid and not is_shared
)

select
    coalesce(own_address.customer_id, cookie_owner.customer_id) as customer_id,
    case when own_address.customer_id is not null then 'email' else 'cookie' end as known_by,
    web_event.source_system,
    web_event.web_event_id,
    web_event.cookie_id,
    web_event.session_id,
    web_event.event,
    web_event.page_url,
    web_event.sku,
    web_event.category,
    web_event.search_term,
    web_event.utm_source,
    web_event.utm_medium,
    web_event.utm_campaign,
    web_event.occurred_at
from web_event
left join own_address on web_event.email = own_address.email
left join cookie_owner
    on web_event.source_system = cookie_owner.source_system
        and web_event.cookie_id = cookie_owner.cookie_id
        and web_event.email is null
where own_address.customer_id is not null or cookie_owner.customer_id is not null
