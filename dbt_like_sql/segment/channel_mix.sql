-- Trait: where a customer buys.
-- Grain: one row per customer; nobody knows the channel of a customer without orders.
-- Rule: all orders count, however old: one old order on the web shows that the customer can do that too.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

purchase_in_euros as (
    select * from {{ ref('purchase_in_euros') }}
),

counted as (
    select
        customer_id,
        count(*) as orders,
        count(case when channel = 'till' then purchase_id end) as till_orders,
        count(case when channel = 'shop' then purchase_id end) as shop_orders
    from purchase_in_euros
    where is_order
    group by customer_id
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
