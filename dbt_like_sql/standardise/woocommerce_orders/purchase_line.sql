-- Grain: one row per article of an order.
-- Rule: the articles stand in one cell, parted by ;. A name may hold a ; of its own, so an article begins
-- only where its first field does. The total is without tax; tax is added where the plugin names it, so that
-- lines add up to what was charged. Articles written otherwise are left out; the first gate warns of them.
with
shop_order as (select * from {{ source('woocommerce_orders') }}),

marked_order as (
    select
        source_system,
        order_id,
        file_id,
        currency,
        {{ replace_pattern('line_items', '; *((id:[0-9]*[|])?name:)', '␞$1') }} as line_items
    from shop_order
),

article as (
    {% set kept = ['source_system', 'order_id', 'file_id', 'currency'] -%}
    {{ each_of_list('marked_order', kept, 'line_items', '␞') }}
)

select
    source_system,
    order_id as purchase_id,
    file_id,
    position as line,
    {{ article_field('list_item', 'sku') }} as sku,
    {{ article_name('list_item') }} as product_name,
    cast(null as varchar) as category,
    {{ quantity_from_text(article_field('list_item', 'quantity')) }} as quantity,
    cast(
        {{ amount_from_text(article_field('list_item', 'total')) }}
        + coalesce({{ amount_from_text(article_field('list_item', '(?:total_)?tax')) }}, 0) as decimal(18, 2)
    ) as line_amount,
    currency
from article
where regexp_matches(list_item, '(^|[|])name:.*[|]quantity:')
