-- Grain: one row per contact and refusal.
-- Rule: the opt-out boxes are withdrawals. They carry no time; the contact's last change is the latest at
-- which the box can have been ticked. An empty box is no consent. A deleted contact's box still counts: the
-- person refused, whatever became of the record; so does that of one which the CRM no longer lists.
with
contact as (select * from {{ source('salesforce_contact') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('salesforce_contact', [
        'email', 'phone', 'mobile_phone', 'home_phone', 'other_phone', 'has_opted_out_of_email', 'do_not_call',
        'last_modified_date',
    ]) }}
),

known_contact as (
    select
        source_system,
        email,
        phone,
        mobile_phone,
        home_phone,
        other_phone,
        has_opted_out_of_email,
        do_not_call,
        last_modified_date,
        delivered_on
    from contact
    union all
    select
        source_system,
        email,
        phone,
        mobile_phone,
        home_phone,
        other_phone,
        has_opted_out_of_email,
        do_not_call,
        last_modified_date,
        delivered_on
    from version
    where is_gone
),

refusing_contact as (
    select
        source_system,
        email,
        phone,
        mobile_phone,
        home_phone,
        other_phone,
        has_opted_out_of_email,
        do_not_call,
        coalesce(last_modified_date, cast(delivered_on as varchar) || 'T00:00:00Z') as changed_at
    from known_contact
)
{% for column, box, channel in [
    ('email', 'has_opted_out_of_email', 'email'),
    ('phone', 'do_not_call', 'phone'),
    ('mobile_phone', 'do_not_call', 'phone'),
    ('home_phone', 'do_not_call', 'phone'),
    ('other_phone', 'do_not_call', 'phone'),
] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    '{{ 'email' if column == 'email' else 'phone' }}' as contact_kind,
    {{ column }} as delivered_value,
    'marketing' as purpose,
    '{{ channel }}' as channel,
    'withdrawn' as status,
    changed_at as occurred_at,
    'CRM opt-out box' as origin,
    cast(null as varchar) as proof
from refusing_contact
where lower({{ box }}) in ('true', '1') and {{ column }} is not null
{% endfor %}
