-- Grain: one row per line item.
-- Rule: lines follow their order; those of an order whose first row is in quarantine wait there with it.
with
order_line as (select * from {{ source('shopify_orders') }}),

order_head as (
    {{ order_heads(source('shopify_orders')) }}
)

select
    order_line.source_system,
    order_line.name as purchase_id,
    order_line.file_id,
    order_line.line,
    order_line.lineitem_sku as sku,
    order_line.lineitem_name as product_name,
    cast(null as varchar) as category,
    {{ quantity_from_text('order_line.lineitem_quantity') }} as quantity,
    cast(
        {{ amount_from_text('order_line.lineitem_price') }}
        * {{ quantity_from_text('order_line.lineitem_quantity') }}
        - coalesce({{ amount_from_text('order_line.lineitem_discount') }}, 0) as decimal(18, 2)
    ) as line_amount,
    order_head.currency
from order_line
inner join order_head
    on order_line.source_system = order_head.source_system and order_line.name = order_head.name
where order_line.lineitem_name is not null
