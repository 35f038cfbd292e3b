-- Grain: one row per record of the input.
with
record as (select * from {{ source('link_input') }})

select
    coalesce(delivered_source_system, source_system) as source_system,
    'record' as record_kind,
    source_record_id,
    given_name,
    family_name,
    full_name,
    birth_date,
    gender,
    cast(null as varchar) as salutation,
    cast(null as varchar) as language,
    updated_at,
    delivered_on
from record
