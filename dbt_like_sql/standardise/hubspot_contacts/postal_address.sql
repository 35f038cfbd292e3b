-- Grain: one row per contact.
with
contact as (select * from {{ source('hubspot_contacts') }})

select
    source_system,
    'contact' as record_kind,
    record_id as source_record_id,
    'mailing' as address_label,
    {{ street_of('street', 'street_2') }} as street,
    postcode,
    city,
    region,
    country
from contact
