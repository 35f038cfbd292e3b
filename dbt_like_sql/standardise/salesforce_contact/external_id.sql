-- Grain: one row per contact that the CRM merged into another.
with
contact as (select * from {{ source('salesforce_contact') }})

select
    source_system,
    'contact' as record_kind,
    contact_id as source_record_id,
    'crm_master' as id_kind,
    master_record_id as id_value
from contact
where master_record_id is not null
