-- Whether messages still arrive at an address, as campaigns saw it.
-- Grain: one row per contact point with campaign events (campaigns know e-mail only, so far).
-- Rule: a complaint stays for good. A hard bounce counts until a later sign of life (delivered, opened,
-- clicked).
with email_event as (
    select * from {{ ref('email_event') }}
),

latest as (
    select
        email,
        max(case when event = 'complained' then occurred_at end) as complained_at,
        max(case when event = 'bounced_hard' then occurred_at end) as bounced_at,
        max(case when event in ('delivered', 'opened', 'clicked') then occurred_at end) as alive_at
    from email_event
    group by email
),

judged as (
    select
        email,
        complained_at,
        bounced_at,
        case
            when complained_at is not null then 'complained'
            when bounced_at is not null and (alive_at is null or alive_at <= bounced_at) then 'bounced'
            else 'reachable'
        end as delivery_state
    from latest
),

reporter as (
    select
        email_event.email,
        email_event.event,
        email_event.occurred_at,
        min(email_event.source_system) as source_system
    from email_event
    group by email_event.email, email_event.event, email_event.occurred_at
)

select
    'email' as contact_kind,
    judged.email as contact_value,
    judged.delivery_state,
    reporter.occurred_at as state_since,
    reporter.source_system as state_source
from judged
left join reporter
    on judged.email = reporter.email
        and (
            (
                judged.delivery_state = 'complained'
                and reporter.event = 'complained'
                and judged.complained_at = reporter.occurred_at
            )
            or (
                judged.delivery_state = 'bounced'
                and reporter.event = 'bounced_hard'
                and judged.bounced_at = reporter.occurred_at
            )
        )
