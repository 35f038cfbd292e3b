-- Grain: one row per order and filled e-mail or phone field.
with
shop_order as (select * from {{ source('woocommerce_orders') }})
{% for kind in ['email', 'phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'order' as record_kind,
    order_id as source_record_id,
    '{{ kind }}' as contact_kind,
    billing_{{ kind }} as delivered_value,
    billing_country as country
from shop_order
where billing_{{ kind }} is not null
{% endfor %}
