{% set columns = ['klaviyo_id', 'email', 'email_consent', 'email_consent_at', 'acquired_from'] -%}
-- Grain: one row per profile that decided about e-mail.
-- Rule: SUBSCRIBED is a grant at its time, else an undated one. UNSUBSCRIBED is a withdrawal at its time,
-- else at the delivery: it counts in any case, also after the profile was deleted. NEVER_SUBSCRIBED is no
-- decision, neither yes nor no.
with
profile as (select * from {{ source('klaviyo_profiles') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('klaviyo_profiles', columns) }}
),

unsubscribed_version as (
    select * from version
    where email_consent = 'UNSUBSCRIBED'
),

known_profile as (
    {{ with_gone('profile', 'unsubscribed_version', columns, 'klaviyo_id') }}
),

decided as (
    select
        source_system,
        email,
        email_consent,
        acquired_from,
        case when try_cast(email_consent_at as timestamp) is not null then email_consent_at end as decided_at,
        delivered_on,
        file_id,
        line
    from known_profile
    where email_consent in ('SUBSCRIBED', 'UNSUBSCRIBED') and email is not null
)

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'marketing' as purpose,
    'email' as channel,
    case email_consent when 'SUBSCRIBED' then 'granted' else 'withdrawn' end as status,
    case
        when decided_at is not null then decided_at
        when email_consent = 'SUBSCRIBED' then {{ undated() }}
        else cast(delivered_on as varchar) || 'T00:00:00Z'
    end as occurred_at,
    'Klaviyo profile' as origin,
    'Email Marketing Consent: ' || email_consent || coalesce(', source ' || acquired_from, '') as proof,
    file_id,
    line
from decided
