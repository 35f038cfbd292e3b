-- Grain: one row per order.
-- Rule: order-level amounts come from the order's first row. An order of Shopify's point of sale is a till
-- purchase. Money that is not captured yet (authorized, partially_paid) counts as pending.
with
order_head as (
    {{ order_heads(source('shopify_orders')) }}
)

select
    source_system,
    name as purchase_id,
    'order' as record_kind,
    name as source_record_id,
    case when lower(source) = 'pos' then 'till' else 'shop' end as channel,
    location as store,
    created_at as occurred_at,
    case
        when cancelled_at is not null or financial_status in ('voided', 'expired') then 'cancelled'
        when financial_status in ('paid', 'partially_refunded', 'refunded') then financial_status
        else 'pending'
    end as status,
    currency,
    {{ amount_from_text('total') }} as gross_amount,
    {{ amount_from_text('refunded_amount') }} as refunded_amount
from order_head
