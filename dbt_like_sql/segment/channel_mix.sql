-- Trait: where a customer buys.
-- Grain: one row per customer; nobody knows the channel of a customer without orders.
-- Rule: all orders count, however old: one old order on the web shows that the customer can do that too. A
-- purchase dated after the business date waits for its night.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

purchase_in_euros as (
    select * from {{ ref('purchase_in_euros') }}
),

night as (
    select * from {{ ref('night') }}
),

counted as (
    select
        purchase_in_euros.customer_id,
        count(*) as orders,
        count(case when purchase_in_euros.channel = 'till' then 1 end) as till_orders,
        count(case when purchase_in_euros.channel = 'shop' then 1 end) as shop_orders
    from purchase_in_euros
    cross join night
    where purchase_in_euros.is_order and purchase_in_euros.purchased_on <= night.business_date
    group by purchase_in_euros.customer_id
)

select
    golden_profile.customer_id,
    coalesce(counted.till_orders, 0) as till_orders,
    coalesce(counted.shop_orders, 0) as shop_orders,
    cast(1.0 * counted.till_orders / counted.orders as decimal(5, 4)) as till_share,
    counted.till_orders = counted.orders as is_store_only,
    counted.shop_orders = counted.orders as is_web_only
from golden_profile
left join counted on golden_profile.customer_id = counted.customer_id
