-- Grain: one row per order and filled e-mail or phone field.
with
order_head as (
    {{ order_heads(source('shopify_orders')) }}
)
{% for column, kind, country in [
    ('email', 'email', 'billing_country'),
    ('phone', 'phone', 'billing_country'),
    ('billing_phone', 'phone', 'billing_country'),
    ('shipping_phone', 'phone', 'shipping_country'),
] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'order' as record_kind,
    name as source_record_id,
    '{{ kind }}' as contact_kind,
    {{ column }} as delivered_value,
    {{ country }} as country
from order_head
where {{ column }} is not null
{% endfor %}
