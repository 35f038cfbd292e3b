-- Purchases with the customer who made them; anonymous purchases are left out (see purchase_coverage).
-- Grain: one row per order or till transaction of a known customer.
with purchase as (
    select * from {{ ref('purchase') }}
),

customer_source_record as (
    select * from {{ ref('customer_source_record') }}
)

select
    customer_source_record.customer_id,
    purchase.source_system,
    purchase.purchase_id,
    purchase.channel,
    purchase.store,
    purchase.occurred_at,
    cast(purchase.occurred_at as date) as purchased_on,
    purchase.status,
    purchase.currency,
    purchase.gross_amount,
    purchase.refunded_amount,
    purchase.net_amount
from purchase
inner join customer_source_record
    on purchase.source_system = customer_source_record.source_system
        and purchase.record_kind = customer_source_record.record_kind
        and purchase.source_record_id = customer_source_record.source_record_id
