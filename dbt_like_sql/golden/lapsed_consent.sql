-- Grants that counted until their source stopped stating them: why someone who consented is reached no more.
-- Grain: one row per contact point, purpose and channel with such a grant; the one that lapsed last.
with consent_ledger as (
    select * from {{ ref('consent_ledger') }}
),

purpose_channel as (
    select * from {{ ref('purpose_channel') }}
),

newest_entry as (
    {{ newest_entries('consent_ledger') }}
)

select
    newest_entry.contact_kind,
    newest_entry.contact_value,
    newest_entry.purpose,
    purpose_channel.channel,
    newest_entry.recorded_on as lapsed_on,
    newest_entry.source_system
from newest_entry
inner join purpose_channel
    on newest_entry.purpose = purpose_channel.purpose
        and newest_entry.channel in (purpose_channel.channel, 'any')
where newest_entry.status = 'granted' and newest_entry.entry = 'no_longer_stated'
qualify
    row_number() over (
        partition by
            newest_entry.contact_kind,
            newest_entry.contact_value,
            newest_entry.purpose,
            purpose_channel.channel
        order by newest_entry.recorded_on desc, newest_entry.source_system, newest_entry.occurred_at desc
    ) = 1
