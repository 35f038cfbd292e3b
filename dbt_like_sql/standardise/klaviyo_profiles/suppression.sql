{% set columns = ['klaviyo_id', 'email', 'email_suppressions'] -%}
-- Grain: one row per profile that Klaviyo sends no e-mail.
-- Rule: any reason in the list counts, whatever it is; an empty list ([]) holds none. Only for e-mail: it is
-- about the mailbox, not about the person. It outlives the profile: a deleted one may come back elsewhere.
with
profile as (select * from {{ source('klaviyo_profiles') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('klaviyo_profiles', columns) }}
),

known_profile as (
    {{ with_gone('profile', 'version', columns, 'klaviyo_id') }}
)

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'email' as channel,
    email_suppressions as reason,
    cast(null as varchar) as added_on
from known_profile
where email is not null and regexp_matches(email_suppressions, '[\p{L}\p{N}]')
