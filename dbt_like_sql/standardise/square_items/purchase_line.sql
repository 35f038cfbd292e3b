-- Grain: one row per article on a receipt.
-- Rule: tax is added to net sales, so that lines add up to what was charged, as they do in the shop. Returned
-- articles are negative, whichever sign the tills write.
with
item as (select * from {{ source('square_items') }}),

signed_item as (
    select
        source_system,
        transaction_id,
        file_id,
        line,
        sku,
        item,
        category,
        case when event_type = 'Refund' then -1 else 1 end as sign,
        {{ quantity_from_text('quantity') }} as quantity,
        {{ amount_from_text('net_sales') }} + coalesce({{ amount_from_text('tax') }}, 0) as amount
    from item
)

select
    source_system,
    transaction_id as purchase_id,
    file_id,
    line,
    sku,
    item as product_name,
    category,
    cast(case when sign = -1 then -abs(quantity) else quantity end as decimal(18, 3)) as quantity,
    cast(case when sign = -1 then -abs(amount) else amount end as decimal(18, 2)) as line_amount,
    cast(null as varchar) as currency
from signed_item
