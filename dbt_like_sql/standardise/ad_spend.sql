-- Grain: one row per source, day, platform and campaign.
-- Rule: the newest delivery counts, since platforms correct the last days. Platforms in lower case, so that
-- the spellings of two exports meet. Costs stand in the campaign's own currency.
with
delivered as ({{ parts('ad_spend') }}),

source_system as (select * from {{ ref('source_system') }}),

spend as (
    select
        delivered.source_system,
        delivered.file_id,
        delivered.line,
        delivered.delivered_on,
        {{ date_from_text('delivered.spent_on') }} as spent_on,
        {{ tidy('lower(delivered.platform)') }} as platform,
        delivered.campaign_id,
        {{ tidy('delivered.campaign_name') }} as campaign_name,
        upper(coalesce(delivered.currency, source_system.currency)) as currency,
        {{ amount_from_text('delivered.cost') }} as cost,
        {{ count_from_text('delivered.impressions') }} as impressions,
        {{ count_from_text('delivered.clicks') }} as clicks
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
)

select
    source_system,
    spent_on,
    platform,
    campaign_id,
    campaign_name,
    currency,
    cost,
    impressions,
    clicks
from spend
qualify
    row_number() over (
        partition by source_system, spent_on, platform, campaign_id
        order by delivered_on desc, file_id, line desc
    ) = 1
