-- Grain: one row per customer. The export leaves the street out.
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

select
    source_system,
    'customer' as record_kind,
    record_id as source_record_id,
    'billing' as address_label,
    cast(null as varchar) as street,
    postcode,
    city,
    {{ woocommerce_region('region') }} as region,
    country
from newest
