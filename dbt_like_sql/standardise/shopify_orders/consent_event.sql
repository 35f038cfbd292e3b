-- Grain: one row per order whose buyer opted in at checkout.
-- Rule: a grant at the time of the order. A box left empty is no event: it is neither refusal nor withdrawal.
with
order_head as (
    {{ order_heads(source('shopify_orders')) }}
)

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    'granted' as status,
    created_at as occurred_at,
    'shop checkout' as origin,
    'Accepts Marketing: yes, order ' || name as proof,
    file_id,
    line
from order_head
where accepts_marketing = 'yes' and email is not null
