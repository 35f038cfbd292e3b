-- Trait: what a customer was worth in the 365 days that end with the night's business date.
-- Grain: one row per customer.
-- Rule: the percentile ranks customers with revenue; equal revenue is put in order by customer_id, so that
-- the same night gives the same ranks; it has six places, because 90.004 rounded to 90 would not be more than
-- 90. A purchase dated after the business date waits for its night.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

purchase_in_euros as (
    select * from {{ ref('purchase_in_euros') }}
),

night as (
    select * from {{ ref('night') }}
),

summed as (
    select
        purchase_in_euros.customer_id,
        count(case when purchase_in_euros.is_order then purchase_in_euros.purchase_id end) as orders,
        coalesce(sum(purchase_in_euros.revenue_eur), 0) as revenue_eur,
        count(case when purchase_in_euros.revenue_eur is null then purchase_in_euros.purchase_id end)
            as unconverted_purchases
    from purchase_in_euros
    cross join night
    where date_diff('day', purchase_in_euros.purchased_on, night.business_date) between 0 and 364
    group by purchase_in_euros.customer_id
),

ranked as (
    select
        customer_id,
        row_number() over (order by revenue_eur, customer_id) as place,
        count(*) over () as customers
    from summed
    where revenue_eur > 0
)

select
    golden_profile.customer_id,
    coalesce(summed.orders, 0) as orders_365_days,
    cast(coalesce(summed.revenue_eur, 0) as decimal(18, 2)) as revenue_eur_365_days,
    coalesce(summed.unconverted_purchases, 0) as unconverted_purchases_365_days,
    cast(
        case
            when ranked.place is not null then 100.0 * ranked.place / ranked.customers
            when summed.revenue_eur = 0 and summed.unconverted_purchases > 0 then null
            else 0
        end as decimal(9, 6)
    ) as value_percentile
from golden_profile
left join summed on golden_profile.customer_id = summed.customer_id
left join ranked on golden_profile.customer_id = ranked.customer_id
