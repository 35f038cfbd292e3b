-- Grain: one row per customer and filled e-mail or phone field.
with
customer as (
    {{ woocommerce_customers(source('woocommerce_customers')) }}
)
{% for column in ['email', 'billing_phone', 'shipping_phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'customer' as record_kind,
    record_id as source_record_id,
    '{{ 'email' if column == 'email' else 'phone' }}' as contact_kind,
    {{ column }} as delivered_value,
    country
from customer
where {{ column }} is not null
{% endfor %}
