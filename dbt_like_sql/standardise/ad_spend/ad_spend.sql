-- Grain: one row per day, platform and campaign.
with
spend as (select * from {{ source('ad_spend') }})

select
    source_system,
    file_id,
    line,
    delivered_on,
    spent_on,
    platform,
    campaign_id,
    campaign_name,
    currency,
    cost,
    impressions,
    clicks
from spend
