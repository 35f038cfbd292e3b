-- Grain: one row per record of the input.
-- Rule: source systems named in the file are none of the project's, so the country comes along from here.
with
record as (select * from {{ source('link_input') }}),

source_system as (select * from {{ ref('source_system') }})

select
    coalesce(record.delivered_source_system, record.source_system) as source_system,
    'record' as record_kind,
    record.source_record_id,
    'home' as address_label,
    record.street,
    record.postcode,
    record.city,
    record.region,
    coalesce(record.country, source_system.country) as country
from record
inner join source_system on record.source_system = source_system.source_system
