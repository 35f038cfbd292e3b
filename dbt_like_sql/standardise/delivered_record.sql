-- Grain: one row per source record.
-- Rule: a full name counts only where given and family name are both empty. `SURNAME, Given` is split at the
-- comma; else the last word is the family name, with the particles before it (van der Heide). A generation
-- suffix stays at the end of the family name, for name_part to read.
with
delivered as ({{ parts('customer_record') }}),

tidy_record as (
    select
        source_system,
        record_kind,
        source_record_id,
        {{ tidy('given_name') }} as given_name,
        {{ tidy('family_name') }} as family_name,
        {{ without_degrees(tidy('full_name')) }} as full_name,
        birth_date,
        gender,
        salutation,
        language,
        updated_at,
        delivered_on
    from delivered
),

one_per_key as (
    select
        source_system,
        record_kind,
        source_record_id,
        given_name,
        family_name,
        {{ without_suffix('full_name') }} as plain_full_name,
        {{ written_suffix('full_name') }} as full_name_suffix,
        given_name is null and family_name is null and full_name is not null as is_full_name_used,
        birth_date,
        gender,
        salutation,
        language,
        updated_at
    from tidy_record
    qualify
        row_number() over (
            partition by source_system, record_kind, source_record_id
            order by delivered_on desc, updated_at desc, family_name, given_name, full_name, birth_date
        ) = 1
),

split_name as (
    select
        *,
        case
            when plain_full_name like '%,%' then split_part(plain_full_name, ',', 1)
            else {{ last_name_of('plain_full_name') }}
        end as last_name
    from one_per_key
)

select
    source_system,
    record_kind,
    source_record_id,
    case
        when not is_full_name_used then given_name
        when plain_full_name like '%,%' then {{ tidy("split_part(plain_full_name, ',', 2)") }}
        else {{ tidy('left(plain_full_name, length(plain_full_name) - length(last_name))') }}
    end as given_name,
    case
        when is_full_name_used then {{ tidy("last_name || coalesce(' ' || full_name_suffix, '')") }}
        else family_name
    end as family_name,
    birth_date,
    gender,
    salutation,
    language,
    updated_at
from split_name
