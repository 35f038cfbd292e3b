-- Grain: one row per order and address.
with
order_head as (
    {{ order_heads(source('shopify_orders')) }}
)
{% for label in ['billing', 'shipping'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'order' as record_kind,
    name as source_record_id,
    '{{ label }}' as address_label,
    {{ street_of(label ~ '_address1', label ~ '_address2') }} as street,
    {{ label }}_zip as postcode,
    {{ label }}_city as city,
    {{ label }}_province as region,
    {{ label }}_country as country
from order_head
{% endfor %}
