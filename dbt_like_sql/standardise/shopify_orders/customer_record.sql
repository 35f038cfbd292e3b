-- Grain: one row per order; account holders' orders too, since the export does not say who has an account.
-- Rule: the name on the bill, else on the parcel.
with
order_head as (
    {{ order_heads(source('shopify_orders')) }}
)

select
    source_system,
    'order' as record_kind,
    name as source_record_id,
    cast(null as varchar) as given_name,
    cast(null as varchar) as family_name,
    coalesce(billing_name, shipping_name) as full_name,
    cast(null as varchar) as birth_date,
    cast(null as varchar) as gender,
    cast(null as varchar) as salutation,
    cast(null as varchar) as language,
    created_at as updated_at,
    delivered_on
from order_head
