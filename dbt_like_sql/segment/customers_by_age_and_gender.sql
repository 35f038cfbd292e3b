-- How customers are spread over age and gender, and what they were worth lately.
-- Grain: one row per country, decade of birth and gender.
-- Rule: what is not known stands as unknown; a first of January of the birth date's decade would look exact.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

purchase_value as (
    select * from {{ ref('purchase_value') }}
),

described as (
    select
        coalesce(golden_profile.country, 'unknown') as country,
        coalesce(left(cast(golden_profile.birth_date as varchar), 3) || '0s', 'unknown') as birth_decade,
        coalesce(golden_profile.gender, 'unknown') as gender,
        purchase_value.orders_365_days,
        purchase_value.revenue_eur_365_days
    from golden_profile
    inner join purchase_value on golden_profile.customer_id = purchase_value.customer_id
)

select
    country,
    birth_decade,
    gender,
    count(*) as customer_count,
    count(case when orders_365_days > 0 then 1 end) as buyer_count,
    cast(sum(revenue_eur_365_days) as decimal(18, 2)) as revenue_eur_365_days
from described
group by country, birth_decade, gender
