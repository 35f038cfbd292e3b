-- What happened to campaign e-mails, with the customer; those to shared or unknown addresses are left out.
-- Grain: one row per event of an address that exactly one customer has.
-- Rule: links stand without query and fragment, where newsletter tools put addresses and tokens; those in the
-- path are masked.
with email_event as (
    select * from {{ ref('email_event') }}
),

customer_contact as (
    select * from {{ ref('customer_contact') }}
)

select
    customer_contact.customer_id,
    email_event.source_system,
    email_event.email_event_id,
    email_event.campaign_id,
    email_event.campaign_name,
    email_event.event,
    email_event.occurred_at,
    {{ page_of('email_event.link') }} as link
from email_event
inner join customer_contact
    on customer_contact.contact_kind = 'email'
        and email_event.email = customer_contact.contact_value
where customer_contact.is_valid and not customer_contact.is_shared
