-- Grain: one row per subscriber and decision.
-- Rule: the opt-in (confirmed, where double opt-in is used) is a grant, with time and IP address as proof;
-- for a subscribed contact without either time, the grant is undated. Unsubscribing is a withdrawal. Cleaned
-- means that the mailbox is gone, which nobody decided: it is no consent event but an email_event.
with
subscriber as (select * from {{ source('mailchimp_audience') }})

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    'granted' as status,
    coalesce({{ as_utc_text('coalesce(confirm_time, optin_time)') }}, {{ undated() }}) as occurred_at,
    'newsletter sign-up' as origin,
    'opt-in ' || coalesce(optin_time, '?') || ' from ' || coalesce(optin_ip, '?')
    || ', confirmed ' || coalesce(confirm_time, '?') || ' from ' || coalesce(confirm_ip, '?') as proof
from subscriber
where status = 'subscribed' or coalesce(confirm_time, optin_time) is not null
union all
select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    'withdrawn' as status,
    coalesce({{ as_utc_text('coalesce(unsub_time, last_changed)') }}, cast(delivered_on as varchar))
        as occurred_at,
    'newsletter unsubscribe' as origin,
    cast(null as varchar) as proof
from subscriber
where status = 'unsubscribed'
