-- How much of the trade is known by customer: what analyses by customer leave out, in purchases and money.
-- Grain: one row per source, channel, currency and whether the customer is known.
with purchase as (
    select * from {{ ref('purchase') }}
),

customer_purchase as (
    select * from {{ ref('customer_purchase') }}
)

select
    purchase.source_system,
    purchase.channel,
    purchase.currency,
    customer_purchase.customer_id is not null as is_customer_known,
    count(*) as purchase_count,
    cast(sum(purchase.net_amount) as decimal(18, 2)) as net_amount
from purchase
left join customer_purchase
    on purchase.source_system = customer_purchase.source_system
        and purchase.purchase_id = customer_purchase.purchase_id
group by
    purchase.source_system,
    purchase.channel,
    purchase.currency,
    customer_purchase.customer_id is not null
