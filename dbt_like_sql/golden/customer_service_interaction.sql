-- Requests and complaints with the customer who made them; those of unknown people are left out.
-- Grain: one row per request of a known customer.
-- Rule: the requester's e-mail tells the customer, else the phone, where exactly one customer has it; else
-- the order named in the request, where only one purchase bears its number.
with service_interaction as (
    select * from {{ ref('service_interaction') }}
),

customer_contact as (
    select * from {{ ref('customer_contact') }}
),

customer_purchase as (
    select * from {{ ref('customer_purchase') }}
),

purchase as (
    select * from {{ ref('purchase') }}
),

own_contact as (
    select
        contact_kind,
        contact_value,
        customer_id
    from customer_contact
    where is_valid and not is_shared
),

only_purchase as (
    select
        purchase_id,
        min(source_system) as source_system
    from purchase
    group by purchase_id
    having count(*) = 1
),

only_order as (
    select
        customer_purchase.purchase_id,
        customer_purchase.customer_id
    from customer_purchase
    inner join only_purchase
        on customer_purchase.source_system = only_purchase.source_system
            and customer_purchase.purchase_id = only_purchase.purchase_id
)

select
    coalesce(by_email.customer_id, by_phone.customer_id, by_order.customer_id) as customer_id,
    case
        when by_email.customer_id is not null then 'email'
        when by_phone.customer_id is not null then 'phone'
        else 'order'
    end as known_by,
    service_interaction.source_system,
    service_interaction.interaction_id,
    service_interaction.channel,
    service_interaction.purchase_id,
    service_interaction.category,
    service_interaction.priority,
    service_interaction.status,
    service_interaction.satisfaction,
    service_interaction.is_complaint,
    service_interaction.opened_at,
    service_interaction.closed_at
from service_interaction
left join own_contact as by_email
    on by_email.contact_kind = 'email' and service_interaction.email = by_email.contact_value
left join own_contact as by_phone
    on by_phone.contact_kind = 'phone' and service_interaction.phone = by_phone.contact_value
left join only_order as by_order on service_interaction.purchase_id = by_order.purchase_id
where
    by_email.customer_id is not null or by_phone.customer_id is not null or by_order.customer_id is not null
