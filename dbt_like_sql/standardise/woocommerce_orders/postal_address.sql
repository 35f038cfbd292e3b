-- Grain: one row per order and address.
with
shop_order as (select * from {{ source('woocommerce_orders') }})
{% for label in ['billing', 'shipping'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'order' as record_kind,
    order_id as source_record_id,
    '{{ label }}' as address_label,
    {{ street_of(label ~ '_address_1', label ~ '_address_2') }} as street,
    {{ label }}_postcode as postcode,
    {{ label }}_city as city,
    {{ woocommerce_region(label ~ '_state') }} as region,
    {{ label }}_country as country
from shop_order
{% endfor %}
