-- Grain: one row per contact, refusal and e-mail address.
-- Rule: the opt-outs are withdrawals, for all addresses of the contact. They carry no time; the contact's
-- last change is the latest at which they can have been made, else the delivery. An opt-out that is not there
-- is no consent.
with
contact as (select * from {{ source('hubspot_contacts') }}),

refusing_contact as (
    select
        source_system,
        email,
        other_emails,
        coalesce(last_modified_at, cast(delivered_on as varchar) || 'T00:00:00Z') as changed_at
    from contact
    where
        lower(unsubscribed_from_all) in ('true', 'yes')
        or lower(opted_out_of_marketing) in ('true', 'yes')
),

refused_email as (
    select
        source_system,
        email,
        changed_at
    from refusing_contact
    where email is not null
    union all
    select
        source_system,
        list_item as email,
        changed_at
    from (
        {{ each_of_list('refusing_contact', ['source_system', 'changed_at'], 'other_emails') }}
    ) as other_email
)

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    'withdrawn' as status,
    changed_at as occurred_at,
    'CRM opt-out' as origin,
    cast(null as varchar) as proof
from refused_email
