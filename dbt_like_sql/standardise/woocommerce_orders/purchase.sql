-- Grain: one row per order.
-- Rule: processing and completed orders are paid for. One that is refunded without a refunded total gave
-- everything back. A status that WooCommerce itself does not know counts as not paid yet.
with
shop_order as (select * from {{ source('woocommerce_orders') }}),

priced as (
    select
        *,
        {{ amount_from_text('order_total') }} as charged,
        {{ amount_from_text('refunded_total') }} as given_back
    from shop_order
)

select
    source_system,
    order_id as purchase_id,
    'order' as record_kind,
    order_id as source_record_id,
    'shop' as channel,
    cast(null as varchar) as store,
    ordered_at as occurred_at,
    case
        when status in ('cancelled', 'failed') then 'cancelled'
        when status = 'refunded' then 'refunded'
        when status in ('processing', 'completed') and given_back > 0 then 'partially_refunded'
        when status in ('processing', 'completed') then 'paid'
        else 'pending'
    end as status,
    currency,
    charged as gross_amount,
    case when status = 'refunded' then coalesce(given_back, charged) else given_back end as refunded_amount
from priced
