-- Grain: one row per e-mail address, or phone number of those without one.
-- Rule: the export says nothing about the last change, so it stays unknown.
with
customer as (
    {{ older_shopify_customers(source('shopify_customers_older')) }}
)

select
    source_system,
    'customer' as record_kind,
    record_id as source_record_id,
    first_name as given_name,
    last_name as family_name,
    cast(null as varchar) as full_name,
    cast(null as varchar) as birth_date,
    cast(null as varchar) as gender,
    cast(null as varchar) as salutation,
    cast(null as varchar) as language,
    cast(null as varchar) as updated_at,
    delivered_on
from customer
