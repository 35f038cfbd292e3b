{% set columns = [
    'leid', 'email', 'status', 'confirm_time', 'confirm_ip', 'optin_time', 'optin_ip', 'unsub_time', 'last_changed',
] -%}
-- Grain: one row per subscriber and decision.
-- Rule: the opt-in (confirmed, where double opt-in is used) is a grant, with time and IP address as proof;
-- for a subscribed contact without either time that can be read, the grant is undated. Unsubscribing is a
-- withdrawal at the first of its time, the last change and the delivery that can be read: it counts in any
-- case, also after the contact left the audience. Cleaned means that the mailbox is gone, which nobody
-- decided: it is no consent event but an email_event.
with
subscriber as (select * from {{ source('mailchimp_audience') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('mailchimp_audience', columns) }}
),

unsubscribed_version as (
    select * from version
    where status = 'unsubscribed'
),

known_subscriber as (
    {{ with_gone('subscriber', 'unsubscribed_version', columns, 'leid') }}
),

read_time as (
    select
        source_system,
        email,
        status,
        {{ first_readable_utc(['confirm_time', 'optin_time']) }} as granted_at,
        coalesce(
            {{ first_readable_utc(['unsub_time', 'last_changed']) }},
            cast(delivered_on as varchar) || 'T00:00:00Z'
        ) as withdrawn_at,
        'opt-in ' || coalesce(optin_time, '?') || ' from ' || coalesce(optin_ip, '?')
        || ', confirmed ' || coalesce(confirm_time, '?') || ' from ' || coalesce(confirm_ip, '?') as proof,
        file_id,
        line
    from known_subscriber
)

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    'granted' as status,
    coalesce(granted_at, {{ undated() }}) as occurred_at,
    'newsletter sign-up' as origin,
    proof,
    file_id,
    line
from read_time
where status = 'subscribed' or granted_at is not null
union all
select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    'withdrawn' as status,
    withdrawn_at as occurred_at,
    'newsletter unsubscribe' as origin,
    cast(null as varchar) as proof,
    file_id,
    line
from read_time
where status = 'unsubscribed'
