-- What is allowed at a contact point today.
-- Grain: one row per contact point, purpose and channel on which anyone ever decided.
-- Rule: the latest decision wins; at the same moment a withdrawal beats a denial, and both beat a grant.
-- A decision for channel `any` counts on every channel. Nothing is inferred: no row means no consent.
-- An unsubscribe or a spam complaint in a campaign withdraws marketing by e-mail.
with consent_event as (
    select * from {{ ref('consent_event') }}
),

email_event as (
    select * from {{ ref('email_event') }}
),

decision as (
    select
        source_system,
        contact_kind,
        contact_value,
        purpose,
        channel as decided_channel,
        status,
        occurred_at,
        origin,
        proof
    from consent_event
    union all
    select
        source_system,
        'email' as contact_kind,
        email as contact_value,
        'marketing' as purpose,
        'email' as decided_channel,
        'withdrawn' as status,
        occurred_at,
        'campaign ' || event as origin,
        email_event_id as proof
    from email_event
    where event in ('unsubscribed', 'complained')
),

channel as (
    select 'email' as channel
    union all
    select 'sms' as channel
    union all
    select 'phone' as channel
    union all
    select 'ads' as channel
),

by_channel as (
    select
        decision.source_system,
        decision.contact_kind,
        decision.contact_value,
        decision.purpose,
        channel.channel,
        decision.decided_channel,
        decision.status,
        decision.occurred_at,
        decision.origin,
        decision.proof,
        row_number() over (
            partition by decision.contact_kind, decision.contact_value, decision.purpose, channel.channel
            order by
                decision.occurred_at desc,
                case decision.status when 'withdrawn' then 0 when 'denied' then 1 else 2 end,
                decision.source_system,
                decision.decided_channel,
                decision.origin nulls last,
                decision.proof nulls last
        ) as recency
    from decision
    inner join channel on decision.decided_channel in (channel.channel, 'any')
)

select
    contact_kind,
    contact_value,
    purpose,
    channel,
    status,
    status = 'granted' as is_granted,
    occurred_at as decided_at,
    decided_channel,
    source_system,
    origin,
    proof
from by_channel
where recency = 1
