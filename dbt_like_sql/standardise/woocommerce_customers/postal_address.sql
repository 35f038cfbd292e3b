-- Grain: one row per customer. The export leaves the street out.
with
customer as (
    {{ woocommerce_customers(source('woocommerce_customers')) }}
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
from customer
