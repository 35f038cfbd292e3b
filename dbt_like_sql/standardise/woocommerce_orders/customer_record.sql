-- Grain: one row per order; account holders' orders too, since both exports of the shop have no id in common.
-- Rule: the name on the bill, else on the parcel.
with
shop_order as (select * from {{ source('woocommerce_orders') }}),

billed as (
    select
        *,
        billing_first_name is not null or billing_last_name is not null as is_billed
    from shop_order
)

select
    source_system,
    'order' as record_kind,
    order_id as source_record_id,
    case when is_billed then billing_first_name else shipping_first_name end as given_name,
    case when is_billed then billing_last_name else shipping_last_name end as family_name,
    cast(null as varchar) as full_name,
    cast(null as varchar) as birth_date,
    cast(null as varchar) as gender,
    cast(null as varchar) as salutation,
    cast(null as varchar) as language,
    ordered_at as updated_at,
    delivered_on
from billed
