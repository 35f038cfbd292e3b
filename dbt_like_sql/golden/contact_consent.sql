-- What is allowed at a contact point today.
-- Grain: one row per contact point, purpose and channel on which anyone ever decided.
-- Rule: a decision stands by its newest entry in the ledger: what its source states counts, of what it no
-- longer states the refusals alone, and of what was misread nothing. The latest decision wins; at the same
-- moment a withdrawal beats a denial, and both beat a grant. A decision for channel `any` counts on every
-- channel of its purpose; so does a refusal for a channel that the purpose does not have, where a grant
-- counts nowhere. Nothing is inferred: no row means no consent, and no purpose stands for another. A grant
-- dated later than the day after the night counts only when its time has come: a wrong clock must not
-- outrank every withdrawal to come. A refusal counts whatever its date.
with consent_ledger as (
    select * from {{ ref('consent_ledger') }}
),

purpose_channel as (
    select * from {{ ref('purpose_channel') }}
),

night as (
    select * from {{ ref('night') }}
),

newest_entry as (
    {{ newest_entries('consent_ledger') }}
),

decision as (
    select
        newest_entry.source_system,
        newest_entry.contact_kind,
        newest_entry.contact_value,
        newest_entry.purpose,
        newest_entry.channel as decided_channel,
        newest_entry.status,
        newest_entry.occurred_at,
        newest_entry.origin,
        newest_entry.proof,
        named_channel.channel is null and newest_entry.channel <> 'any' as is_for_no_channel
    from newest_entry
    cross join night
    left join purpose_channel as named_channel
        on newest_entry.purpose = named_channel.purpose
            and newest_entry.channel = named_channel.channel
    where
        (
            newest_entry.status = 'granted'
            and newest_entry.entry = 'recorded'
            and date_diff('day', night.business_date, cast(newest_entry.occurred_at as date)) <= 1
        )
        or (newest_entry.status <> 'granted' and newest_entry.entry <> 'read_differently')
),

by_channel as (
    select
        decision.source_system,
        decision.contact_kind,
        decision.contact_value,
        decision.purpose,
        purpose_channel.channel,
        decision.decided_channel,
        decision.status,
        decision.occurred_at,
        decision.origin,
        decision.proof,
        row_number() over (
            partition by
                decision.contact_kind,
                decision.contact_value,
                decision.purpose,
                purpose_channel.channel
            order by
                decision.occurred_at desc,
                case decision.status when 'withdrawn' then 0 when 'denied' then 1 else 2 end,
                decision.source_system,
                decision.decided_channel,
                decision.origin nulls last,
                decision.proof nulls last
        ) as recency
    from decision
    inner join purpose_channel
        on decision.purpose = purpose_channel.purpose
            and (
                decision.decided_channel in (purpose_channel.channel, 'any')
                or (decision.is_for_no_channel and decision.status <> 'granted')
            )
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
