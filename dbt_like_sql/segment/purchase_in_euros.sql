-- Purchases of known customers as revenue in euros.
-- Grain: one row per order or till transaction of a known customer.
-- Rule: nothing was earned by what is cancelled or not paid yet, whatever its currency; else the net amount
-- in euros counts, and stays unknown where there is no rate.
with customer_purchase as (
    select * from {{ ref('customer_purchase') }}
)

select
    customer_id,
    source_system,
    purchase_id,
    channel,
    purchased_on,
    status in ('paid', 'partially_refunded') as is_order,
    currency,
    eur_rate,
    cast(
        case
            when status in ('cancelled', 'pending') then 0
            else net_amount_eur
        end as decimal(18, 2)
    ) as revenue_eur
from customer_purchase
