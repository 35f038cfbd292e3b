-- Grain: one row per source record.
-- Rule: names as cleaned in name_part; placeholders (Max Mustermann, 1900-01-01) become null, so that they
-- tie nobody together. Birth dates before 1900 or after the delivery are typing errors and become null; of a
-- source that lists people of those days, early dates stay. A salutation stands where the source gives one,
-- never for a gender or a name; a word that nobody knows is none, since it may be anything, a name too.
with
delivered_record as (select * from {{ ref('delivered_record') }}),

name_part as (select * from {{ ref('name_part') }}),

junk_value as (select * from {{ ref('junk_value') }}),

source_system as (select * from {{ ref('source_system') }}),

early_date_source as (select * from {{ ref('early_date_source') }}),

birth_date_ahead as (select * from {{ ref('birth_date_ahead') }}),

cleaned as (
    select
        delivered_record.source_system,
        delivered_record.record_kind,
        delivered_record.source_record_id,
        given_part.name as given_name,
        family_part.name as family_name,
        coalesce(family_part.name_suffix, given_part.name_suffix) as name_suffix,
        case
            when birth_date_ahead.birth_date is null then {{ date_from_text('delivered_record.birth_date') }}
        end as birth_date,
        {{ first_word('delivered_record.gender') }} as gender_word,
        {{ first_word('delivered_record.salutation') }} as salutation_word,
        lower(delivered_record.language) as language,
        {{ utc_from_text('delivered_record.updated_at', "coalesce(source_system.zone, 'UTC')") }}
            as updated_at
    from delivered_record
    left join name_part as given_part on delivered_record.given_name = given_part.delivered_name
    left join name_part as family_part on delivered_record.family_name = family_part.delivered_name
    left join source_system on delivered_record.source_system = source_system.source_system
    left join birth_date_ahead
        on
            delivered_record.source_system = birth_date_ahead.source_system
            and delivered_record.record_kind = birth_date_ahead.record_kind
            and delivered_record.source_record_id = birth_date_ahead.source_record_id
            and delivered_record.birth_date = birth_date_ahead.birth_date
),

keyed as (
    select
        *,
        {{ lookup_key("coalesce(given_name, '') || ' ' || coalesce(family_name, '')") }} as full_name_key
    from cleaned
)

select
    keyed.source_system,
    keyed.record_kind,
    keyed.source_record_id,
    case when junk_name.value is null then keyed.given_name end as given_name,
    case when junk_name.value is null then keyed.family_name end as family_name,
    keyed.name_suffix,
    case
        when junk_date.value is not null then null
        when keyed.birth_date >= date '1900-01-02' or early_date_source.source_system is not null
            then keyed.birth_date
    end as birth_date,
    {{ gender_of('keyed.gender_word') }} as gender,
    {{ salutation_of('keyed.salutation_word') }} as salutation,
    case when regexp_matches(keyed.language, '^[a-z]{2}([_-].*)?$') then left(keyed.language, 2) end
        as language,
    keyed.updated_at
from keyed
left join junk_value as junk_name on junk_name.kind = 'full_name' and keyed.full_name_key = junk_name.value
left join junk_value as junk_date
    on junk_date.kind = 'birth_date' and cast(keyed.birth_date as varchar) = junk_date.value
left join early_date_source on keyed.source_system = early_date_source.source_system
