-- Grain: one row per record with a loyalty number.
with
record as (select * from {{ source('link_input') }})

select
    coalesce(delivered_source_system, source_system) as source_system,
    'record' as record_kind,
    source_record_id,
    'loyalty_number' as id_kind,
    loyalty_number as id_value
from record
where loyalty_number is not null
