-- Grain: one row per cleaned subscriber.
-- Rule: cleaned contacts bounced for good; the export does not say in which campaign.
with
subscriber as (select * from {{ source('mailchimp_audience') }})

select
    source_system,
    email,
    cast(null as varchar) as campaign_id,
    cast(null as varchar) as campaign_name,
    'bounced_hard' as event,
    coalesce({{ as_utc_text('coalesce(clean_time, last_changed)') }}, cast(delivered_on as varchar))
        as occurred_at,
    cast(null as varchar) as link
from subscriber
where status = 'cleaned'
