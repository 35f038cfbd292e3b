-- What is allowed at a contact point today.
-- Grain: one row per contact point, purpose and channel on which anyone ever decided.
-- Rule: the latest decision wins; at the same moment a withdrawal beats a denial, and both beat a grant.
-- A decision for channel `any` counts on every channel. Nothing is inferred: no row means no consent.
-- A grant dated later than the day after the night counts only when its time has come: a wrong clock must not
-- outrank every withdrawal to come. A refusal counts whatever its date.
with consent_event as (
    select * from {{ ref('consent_event') }}
),

night as (
    select * from {{ ref('night') }}
),

decision as (
    select
        consent_event.source_system,
        consent_event.contact_kind,
        consent_event.contact_value,
        consent_event.purpose,
        consent_event.channel as decided_channel,
        consent_event.status,
        consent_event.occurred_at,
        consent_event.origin,
        consent_event.proof
    from consent_event
    cross join night
    where
        consent_event.status <> 'granted'
        or date_diff('day', night.business_date, cast(consent_event.occurred_at as date)) <= 1
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
