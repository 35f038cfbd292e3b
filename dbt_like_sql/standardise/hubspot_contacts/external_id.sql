-- Grain: one row per contact that HubSpot's users merged into another.
-- Rule: a merge is told by the contact that survived it; it matters where an earlier export, or a later one
-- of another view, holds the contact that did not.
with
contact as (select * from {{ source('hubspot_contacts') }}),

merged as (
    {{ each_of_list('contact', ['source_system', 'record_id'], 'merged_record_ids') }}
)

select
    merged.source_system,
    'contact' as record_kind,
    contact.record_id as source_record_id,
    'crm_master' as id_kind,
    merged.record_id as id_value
from merged
inner join contact on merged.source_system = contact.source_system and merged.list_item = contact.record_id
where merged.list_item <> merged.record_id
