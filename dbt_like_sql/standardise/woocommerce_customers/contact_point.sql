-- Grain: one row per customer and filled e-mail or phone field.
with
customer as (
    select
        *,
        {{ woocommerce_customer_id('username', 'email') }} as record_id
    from {{ source('woocommerce_customers') }}
),

newest as (
    {{ newest_per_record('customer', 'last_active') }}
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
from newest
where {{ column }} is not null
{% endfor %}
