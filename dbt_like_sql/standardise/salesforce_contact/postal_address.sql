-- Grain: one row per contact.
with
contact as (select * from {{ source('salesforce_contact') }})

select
    source_system,
    'contact' as record_kind,
    contact_id as source_record_id,
    'mailing' as address_label,
    mailing_street as street,
    mailing_postal_code as postcode,
    mailing_city as city,
    mailing_state as region,
    mailing_country as country
from contact
where {{ is_kept_contact() }}
