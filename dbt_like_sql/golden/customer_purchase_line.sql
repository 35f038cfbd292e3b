-- What known customers bought, with category and brand.
-- Grain: one row per line of a purchase of a known customer.
-- Rule: a line is worth euros by the rate of its purchase; in another currency than that it has no rate.
with customer_purchase as (
    select * from {{ ref('customer_purchase') }}
),

purchase_line as (
    select * from {{ ref('purchase_line') }}
)

select
    customer_purchase.customer_id,
    purchase_line.source_system,
    purchase_line.purchase_id,
    purchase_line.line_number,
    customer_purchase.channel,
    customer_purchase.purchased_on,
    customer_purchase.status,
    purchase_line.sku,
    purchase_line.product_name,
    purchase_line.category,
    purchase_line.brand,
    purchase_line.quantity,
    purchase_line.line_amount,
    purchase_line.currency,
    case
        when purchase_line.currency = customer_purchase.currency
            then cast(purchase_line.line_amount / customer_purchase.eur_rate as decimal(18, 2))
    end as line_amount_eur
from purchase_line
inner join customer_purchase
    on purchase_line.source_system = customer_purchase.source_system
        and purchase_line.purchase_id = customer_purchase.purchase_id
