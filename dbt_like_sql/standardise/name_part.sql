-- Grain: one row per distinct delivered name. Names repeat a lot, and cleaning is costly.
-- Rule: titles, forms of address, degrees and generation suffixes are no part of the name. Capitals are set
-- only where the name lost its case. A name without letters, of one repeated letter or listed in junk_value
-- is a placeholder.
with
delivered_record as (select * from {{ ref('delivered_record') }}),

junk_value as (select * from {{ ref('junk_value') }}),

delivered_name as (
    select given_name as delivered_name from delivered_record
    union
    select family_name as delivered_name from delivered_record
),

untitled as (
    select
        delivered_name,
        {{ without_degrees(without_titles('delivered_name')) }} as name
    from delivered_name
    where delivered_name is not null
),

plain as (
    select
        delivered_name,
        {{ written_suffix('name') }} as written_suffix,
        {{ replace_pattern(without_suffix('name'), '^[ ,;.|_-]+|[ ,;|_-]+$', '') }} as name
    from untitled
),

keyed as (
    select
        delivered_name,
        written_suffix,
        name,
        {{ lookup_key('name') }} as name_key
    from plain
)

select
    keyed.delivered_name,
    case
        when junk_value.value is not null or {{ is_one_repeated('keyed.name_key') }} then null
        when not regexp_matches(keyed.name, '\p{L}') then null
        else {{ recase_name('keyed.name') }}
    end as name,
    {{ suffix_name('keyed.written_suffix') }} as name_suffix
from keyed
left join junk_value on junk_value.kind = 'name' and keyed.name_key = junk_value.value
