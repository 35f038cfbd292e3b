-- Grain: one row per contact.
-- Rule: contacts in the recycle bin are left out, unless the CRM deleted them by merging: their ids may have
-- been published, so they stay, tied to the surviving contact by external_id crm_master.
with
contact as (select * from {{ source('salesforce_contact') }})

select
    source_system,
    'contact' as record_kind,
    contact_id as source_record_id,
    first_name as given_name,
    last_name as family_name,
    cast(null as varchar) as full_name,
    birthdate as birth_date,
    salutation as gender,
    salutation,
    cast(null as varchar) as language,
    last_modified_date as updated_at,
    delivered_on
from contact
where {{ is_kept_contact() }}
