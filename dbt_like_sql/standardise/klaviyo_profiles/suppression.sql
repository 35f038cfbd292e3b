-- Grain: one row per profile that Klaviyo sends no e-mail.
-- Rule: any reason in the list counts, whatever it is; an empty list ([]) holds none. Only for e-mail: it is
-- about the mailbox, not about the person.
with
profile as (select * from {{ source('klaviyo_profiles') }})

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    'email' as channel,
    email_suppressions as reason,
    cast(null as varchar) as added_on
from profile
where email is not null and regexp_matches(email_suppressions, '[\p{L}\p{N}]')
