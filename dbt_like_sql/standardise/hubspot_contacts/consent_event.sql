{% set columns = [
    'record_id', 'email', 'other_emails', 'unsubscribed_from_all', 'opted_out_of_marketing', 'last_modified_at',
] -%}
{% set kept = ['source_system', 'changed_at', 'file_id', 'line'] -%}
-- Grain: one row per contact, refusal and e-mail address.
-- Rule: the opt-outs are withdrawals, for all addresses of the contact. They carry no time; the contact's
-- last change is the latest at which they can have been made, else the delivery. An opt-out that is not there
-- is no consent. The refusal of a contact that the CRM no longer lists holds.
with
contact as (select * from {{ source('hubspot_contacts') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('hubspot_contacts', columns) }}
),

known_contact as (
    {{ with_gone('contact', 'version', columns, 'record_id') }}
),

refusing_contact as (
    select
        source_system,
        email,
        other_emails,
        coalesce(last_modified_at, cast(delivered_on as varchar) || 'T00:00:00Z') as changed_at,
        file_id,
        line
    from known_contact
    where
        lower(unsubscribed_from_all) in ('true', 'yes')
        or lower(opted_out_of_marketing) in ('true', 'yes')
),

refused_email as (
    select
        source_system,
        email,
        changed_at,
        file_id,
        line
    from refusing_contact
    where email is not null
    union all
    select
        source_system,
        list_item as email,
        changed_at,
        file_id,
        line
    from (
        {{ each_of_list('refusing_contact', kept, 'other_emails') }}
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
    cast(null as varchar) as proof,
    file_id,
    line
from refused_email
