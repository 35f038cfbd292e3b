-- Grain: one row per profile.
with
profile as (select * from {{ source('klaviyo_profiles') }})

select
    source_system,
    'profile' as record_kind,
    klaviyo_id as source_record_id,
    'home' as address_label,
    {{ street_of('address', 'address_2') }} as street,
    zip as postcode,
    city,
    region,
    country
from profile
