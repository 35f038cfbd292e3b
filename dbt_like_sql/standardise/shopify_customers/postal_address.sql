-- Grain: one row per customer, the default address.
with
customer as (select * from {{ source('shopify_customers') }})

select
    source_system,
    'customer' as record_kind,
    customer_id as source_record_id,
    'home' as address_label,
    {{ street_of('address1', 'address2') }} as street,
    zip as postcode,
    city,
    province as region,
    country
from customer
