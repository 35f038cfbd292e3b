{% set forms = [
    ('email', 'as_is', composed('contact_value')),
    ('phone', 'as_is', composed('contact_value')),
    ('email', 'google', google_email('contact_value')),
    ('email', 'mailchimp', mailchimp_email('contact_value')),
    ('email', 'meta', meta_email('contact_value')),
    ('phone', 'digits', phone_digits('contact_value')),
] -%}
-- Contact points in the normal forms that platforms ask for, shared by all destinations.
-- Grain: one row per contact point and normaliser; a null normal_value cannot be sent in that form.
-- Rule: valid contact points of customers, and all that refused, bounced, complained or are suppressed, also
-- those that no customer has: what one spelling of a mailbox says holds for the others.
with customer_contact as (
    select * from {{ ref('customer_contact') }}
),

contact_consent as (
    select * from {{ ref('contact_consent') }}
),

contact_state as (
    select * from {{ ref('contact_state') }}
),

suppression as (
    select * from {{ ref('suppression') }}
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
    union
    select
        contact_kind,
        contact_value
    from contact_state
    where delivery_state <> 'reachable'
    union
    select
        contact_kind,
        contact_value
    from suppression
    where contact_kind in ('email', 'phone') and contact_value is not null
)
{% for kind, normaliser, form in forms %}
{{ 'union all' if not loop.first }}
select
    contact_kind,
    contact_value,
    '{{ normaliser }}' as normaliser,
    {{ form }} as normal_value
from contact
where contact_kind = '{{ kind }}'
{% endfor %}
