-- Contact points in the normal forms that platforms ask for, shared by all destinations.
-- Grain: one row per valid contact point of a customer, or refused one, and normaliser; a null normal_value
-- cannot be sent in that form.
-- Rule: refused contact points stand here too, also those that no customer has: a refusal by one spelling of
-- a mailbox holds for the others.
with customer_contact as (
    select * from {{ ref('customer_contact') }}
),

contact_consent as (
    select * from {{ ref('contact_consent') }}
),

contact as (
    select
        contact_kind,
        contact_value
    from customer_contact
    where is_valid
    union
    select
        contact_kind,
        contact_value
    from contact_consent
    where status in ('withdrawn', 'denied')
)

select
    contact_kind,
    contact_value,
    'as_is' as normaliser,
    {{ composed('contact_value') }} as normal_value
from contact
union all
select
    contact_kind,
    contact_value,
    'google' as normaliser,
    {{ google_email('contact_value') }} as normal_value
from contact
where contact_kind = 'email'
union all
select
    contact_kind,
    contact_value,
    'mailchimp' as normaliser,
    {{ mailchimp_email('contact_value') }} as normal_value
from contact
where contact_kind = 'email'
union all
select
    contact_kind,
    contact_value,
    'meta' as normaliser,
    {{ meta_email('contact_value') }} as normal_value
from contact
where contact_kind = 'email'
union all
select
    contact_kind,
    contact_value,
    'digits' as normaliser,
    {{ phone_digits('contact_value') }} as normal_value
from contact
where contact_kind = 'phone'
