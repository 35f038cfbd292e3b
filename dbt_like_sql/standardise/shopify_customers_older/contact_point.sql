-- Grain: one row per customer and filled e-mail or phone field.
with
customer as (
    {{ older_shopify_customers(source('shopify_customers_older')) }}
)
{% for column in ['email', 'phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'customer' as record_kind,
    record_id as source_record_id,
    '{{ column }}' as contact_kind,
    {{ column }} as delivered_value,
    coalesce(country_code, country) as country
from customer
where {{ column }} is not null
{% endfor %}
