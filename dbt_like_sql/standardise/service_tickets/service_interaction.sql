-- Grain: one row per ticket.
with
ticket as (select * from {{ source('service_tickets') }})

select
    source_system,
    ticket_id as interaction_id,
    channel,
    requester_email,
    requester_phone,
    requester_name,
    order_id as purchase_id,
    category,
    priority,
    status,
    satisfaction,
    created_at as opened_at,
    closed_at
from ticket
