-- Whose browser it is: the customer to whom the e-mails in a cookie's events lead.
-- Grain: one row per cookie with an owner.
-- Rule: all customers who have any of the cookie's e-mails are one and the same; else several people use the
-- browser, and it has no owner. An e-mail that no customer has (a typing error, as a rule) says nothing. What
-- is known of a cookie holds for all its events, those before too.
with web_event as (
    select * from {{ ref('web_event') }}
),

customer_contact as (
    select * from {{ ref('customer_contact') }}
),

cookie_email as (
    select
        source_system,
        cookie_id,
        email,
        min(occurred_at) as first_at
    from web_event
    where email is not null
    group by source_system, cookie_id, email
),

-- First and last customer instead of all: an address of thousands of customers stays one row.
address_holder as (
    select
        contact_value as email,
        min(customer_id) as first_customer_id,
        max(customer_id) as last_customer_id
    from customer_contact
    where contact_kind = 'email' and is_valid
    group by contact_value
)

select
    cookie_email.source_system,
    cookie_email.cookie_id,
    min(address_holder.first_customer_id) as customer_id,
    min(cookie_email.first_at) as known_since,
    count(*) as email_count
from cookie_email
inner join address_holder on cookie_email.email = address_holder.email
group by cookie_email.source_system, cookie_email.cookie_id
having min(address_holder.first_customer_id) = max(address_holder.last_customer_id)
