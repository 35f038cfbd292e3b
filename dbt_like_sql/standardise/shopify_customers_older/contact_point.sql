-- Grain: one row per customer and filled e-mail or phone field.
with
customer as (
    select
        *,
        {{ older_shopify_id('email', 'phone') }} as record_id
    from {{ source('shopify_customers_older') }}
),

newest as (
    {{ newest_per_record('customer') }}
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
from newest
where {{ column }} is not null
{% endfor %}
