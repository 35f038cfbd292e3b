-- Grain: one row per contact that HubSpot's users merged into another.
-- Rule: a merge is told by the contact that survived it, for those that may stand in an earlier export.
with
contact as (select * from {{ source('hubspot_contacts') }}),

merged as (
    {{ each_of_list('contact', ['source_system', 'record_id'], 'merged_record_ids') }}
)

select
    source_system,
    'contact' as record_kind,
    list_item as source_record_id,
    'crm_master' as id_kind,
    record_id as id_value
from merged
where list_item <> record_id
