-- Grain: one row per source record and attribute that has a value.
-- Rule: lower case without accents, blanks squeezed. Words for nothing (n/a, unknown) and one sign over and
-- over (xxx, 000000) are no value.
with
delivered as ({{ parts('record_attribute') }}),

junk_value as (select * from {{ ref('junk_value') }}),

folded as (
    select
        source_system,
        record_kind,
        source_record_id,
        attribute,
        {{ tidy(fold_accents('attribute_value')) }} as attribute_value
    from delivered
),

keyed as (
    select
        source_system,
        record_kind,
        source_record_id,
        attribute,
        attribute_value,
        {{ lookup_key('attribute_value') }} as value_key
    from folded
)

select
    keyed.source_system,
    keyed.record_kind,
    keyed.source_record_id,
    keyed.attribute,
    min(keyed.attribute_value) as attribute_value
from keyed
-- The words that stand for no address stand for nothing anywhere.
left join junk_value on junk_value.kind = 'address' and keyed.value_key = junk_value.value
where
    keyed.value_key is not null
    and junk_value.value is null
    and not {{ is_one_repeated('keyed.value_key') }}
group by keyed.source_system, keyed.record_kind, keyed.source_record_id, keyed.attribute
