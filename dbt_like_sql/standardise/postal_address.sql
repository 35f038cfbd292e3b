-- Grain: one row per source record and address label.
-- Rule: an address needs a street, postcode or city. An empty country means the source's own; a country that
-- nobody knows is null. Streets of German-speaking countries are spelled out, house numbers written without
-- a blank before their letter.
with
delivered as ({{ parts('postal_address') }}),

source_system as (select * from {{ ref('source_system') }}),

country_name as (select * from {{ ref('country_name') }}),

junk_value as (select * from {{ ref('junk_value') }}),

tidy_address as (
    select
        delivered.source_system,
        delivered.record_kind,
        delivered.source_record_id,
        delivered.address_label,
        {{ tidy('delivered.street') }} as street,
        {{ tidy('delivered.postcode') }} as postcode,
        {{ tidy('delivered.city') }} as city,
        {{ tidy('delivered.region') }} as region,
        case
            when {{ tidy('delivered.country') }} is null then source_system.country
            else country_name.country
        end as country
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
    left join country_name on {{ lookup_key('delivered.country') }} = country_name.name
),

recased as (
    select
        tidy_address.source_system,
        tidy_address.record_kind,
        tidy_address.source_record_id,
        tidy_address.address_label,
        case when junk_street.value is null then {{ recase_place('tidy_address.street') }} end as street,
        case when junk_postcode.value is null then tidy_address.postcode end as postcode,
        case when junk_city.value is null then {{ recase_place('tidy_address.city') }} end as city,
        {{ recase_place('tidy_address.region') }} as region,
        tidy_address.country
    from tidy_address
    left join junk_value as junk_street
        on
            junk_street.kind = 'address'
            and {{ lookup_key('tidy_address.street') }} = junk_street.value
    left join junk_value as junk_postcode
        on
            junk_postcode.kind = 'address'
            and {{ lookup_key('tidy_address.postcode') }} = junk_postcode.value
    left join junk_value as junk_city
        on
            junk_city.kind = 'address'
            and {{ lookup_key('tidy_address.city') }} = junk_city.value
)

select
    source_system,
    record_kind,
    source_record_id,
    address_label,
    {{ spell_out_street('street', 'country') }} as street,
    {{ clean_postcode('postcode', 'country') }} as postcode,
    city,
    region,
    country
from recased
where regexp_matches(coalesce(street, '') || coalesce(postcode, '') || coalesce(city, ''), '[\p{L}\p{N}]')
qualify
    row_number() over (
        partition by source_system, record_kind, source_record_id, address_label
        order by
            street nulls last,
            postcode nulls last,
            city nulls last,
            region nulls last,
            country nulls last
    ) = 1
