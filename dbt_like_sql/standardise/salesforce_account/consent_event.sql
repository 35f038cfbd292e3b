{% set columns = [
    'person_email', 'phone', 'person_mobile_phone', 'person_home_phone', 'is_person_account',
    'has_opted_out_of_email', 'do_not_call', 'last_modified_at',
] -%}
-- Grain: one row per person account and refusal.
-- Rule: as in salesforce_contact/consent_event.sql.
with
account as (select * from {{ source('salesforce_account') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('salesforce_account', columns) }}
),

known_account as (
    {{ with_gone('account', 'version', columns) }}
),

refusing_account as (
    select
        source_system,
        person_email,
        phone,
        person_mobile_phone,
        person_home_phone,
        has_opted_out_of_email,
        do_not_call,
        coalesce(last_modified_at, cast(delivered_on as varchar) || 'T00:00:00Z') as changed_at
    from known_account
    where {{ is_person_account() }}
)
{% for column, box, channel in [
    ('person_email', 'has_opted_out_of_email', 'email'),
    ('phone', 'do_not_call', 'phone'),
    ('person_mobile_phone', 'do_not_call', 'phone'),
    ('person_home_phone', 'do_not_call', 'phone'),
] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    '{{ 'email' if channel == 'email' else 'phone' }}' as contact_kind,
    {{ column }} as delivered_value,
    'marketing' as purpose,
    '{{ channel }}' as channel,
    'withdrawn' as status,
    changed_at as occurred_at,
    'CRM opt-out box' as origin,
    cast(null as varchar) as proof
from refusing_account
where lower({{ box }}) in ('true', '1') and {{ column }} is not null
{% endfor %}
