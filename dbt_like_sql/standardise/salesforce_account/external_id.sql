-- Grain: one row per person account that the CRM merged into another.
with
account as (select * from {{ source('salesforce_account') }})

select
    source_system,
    'account' as record_kind,
    account_id as source_record_id,
    'crm_master' as id_kind,
    master_record_id as id_value
from account
where {{ is_person_account() }} and master_record_id is not null
