-- Grain: one row per customer, the default address.
with
customer as (
    {{ older_shopify_customers(source('shopify_customers_older')) }}
)

select
    source_system,
    'customer' as record_kind,
    record_id as source_record_id,
    'home' as address_label,
    {{ street_of('address1', 'address2') }} as street,
    zip as postcode,
    city,
    coalesce(province_code, province) as region,
    coalesce(country_code, country) as country
from customer
