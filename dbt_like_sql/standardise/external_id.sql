-- Grain: one row per source record, kind and value.
with
delivered as ({{ parts('external_id') }}),

cleaned as (
    select
        source_system,
        record_kind,
        source_record_id,
        id_kind,
        nullif(upper({{ replace_pattern('id_value', '[\\s\\p{Z}\\p{C}]+', '') }}), '') as id_value
    from delivered
)

select distinct
    source_system,
    record_kind,
    source_record_id,
    id_kind,
    id_value
from cleaned
where id_value is not null
