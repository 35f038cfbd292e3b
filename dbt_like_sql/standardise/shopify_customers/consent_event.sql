-- Grain: one row per customer, channel and `yes`.
-- Rule: `yes` is a grant whose time the export does not keep: it counts only while no dated decision about
-- the address exists. `no` may be a refusal or a box that nobody ever saw, so it is no event: without a grant
-- no one is written to anyway, and a `no` here must not undo an opt-in made elsewhere.
with
customer as (select * from {{ source('shopify_customers') }})

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    'granted' as status,
    {{ undated() }} as occurred_at,
    'shop account' as origin,
    'Accepts Email Marketing: yes' as proof
from customer
where accepts_email_marketing = 'yes' and email is not null
union all
select
    source_system,
    'phone' as contact_kind,
    coalesce(phone, address_phone) as delivered_value,
    'marketing' as purpose,
    'sms' as channel,
    'granted' as status,
    {{ undated() }} as occurred_at,
    'shop account' as origin,
    'Accepts SMS Marketing: yes' as proof
from customer
where accepts_sms_marketing = 'yes' and coalesce(phone, address_phone) is not null
