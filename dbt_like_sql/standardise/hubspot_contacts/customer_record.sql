-- Grain: one row per contact.
with
contact as (select * from {{ source('hubspot_contacts') }})

select
    source_system,
    'contact' as record_kind,
    record_id as source_record_id,
    first_name as given_name,
    last_name as family_name,
    cast(null as varchar) as full_name,
    birth_date,
    coalesce(gender, salutation) as gender,
    salutation,
    preferred_language as language,
    last_modified_at as updated_at,
    delivered_on
from contact
