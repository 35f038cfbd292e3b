-- Grain: one row per entry of the list.
-- Rule: the form of the value says what it is, whatever its kind was called.
with
entry as (select * from {{ source('suppressions') }})

select
    source_system,
    case
        when suppressed_value like '%@%' then 'email'
        when regexp_matches(lower(suppressed_value), '^[0-9a-f]{64}$') then 'sha256'
        else 'phone'
    end as contact_kind,
    suppressed_value as delivered_value,
    'any' as channel,
    reason,
    added_on
from entry
