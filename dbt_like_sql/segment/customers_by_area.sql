-- Where customers live, and what they were worth lately.
-- Grain: one row per country, region and area of postcodes.
-- Rule: an area is the first two characters of the postcode; what is not known stands as unknown.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

purchase_value as (
    select * from {{ ref('purchase_value') }}
),

described as (
    select
        coalesce(golden_profile.country, 'unknown') as country,
        coalesce(golden_profile.region, 'unknown') as region,
        coalesce(left(golden_profile.postcode, 2), 'unknown') as postcode_area,
        purchase_value.orders_365_days,
        purchase_value.revenue_eur_365_days
    from golden_profile
    inner join purchase_value on golden_profile.customer_id = purchase_value.customer_id
)

select
    country,
    region,
    postcode_area,
    count(*) as customer_count,
    count(case when orders_365_days > 0 then 1 end) as buyer_count,
    cast(sum(revenue_eur_365_days) as decimal(18, 2)) as revenue_eur_365_days
from described
group by country, region, postcode_area
