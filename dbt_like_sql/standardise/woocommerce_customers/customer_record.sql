-- Grain: one row per account or guest.
-- Rule: WooCommerce writes name and address anew with each order, so they are as of the last activity.
with
customer as (
    {{ woocommerce_customers(source('woocommerce_customers')) }}
)

select
    source_system,
    'customer' as record_kind,
    record_id as source_record_id,
    cast(null as varchar) as given_name,
    cast(null as varchar) as family_name,
    full_name,
    cast(null as varchar) as birth_date,
    cast(null as varchar) as gender,
    cast(null as varchar) as salutation,
    cast(null as varchar) as language,
    last_active as updated_at,
    delivered_on
from customer
