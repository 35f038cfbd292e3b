-- Grain: one row per source record.
-- Rule: names, street and city are folded to keys that are equal for all spellings of one value. Of several
-- addresses the record's own comes first: home, mailing, billing, shipping.
with
customer_record as (select * from {{ ref('customer_record') }}),

postal_address as (select * from {{ ref('postal_address') }}),

folded_address as (
    select
        source_system,
        record_kind,
        source_record_id,
        address_label,
        {{ folded_street('street') }} as street_key,
        {{ letters_and_digits('postcode') }} as postcode_key,
        {{ folded_words('city') }} as city_key,
        row_number() over (
            partition by source_system, record_kind, source_record_id
            order by
                street is null,
                case address_label
                    when 'home' then 1
                    when 'mailing' then 2
                    when 'billing' then 3
                    when 'shipping' then 4
                    else 5
                end,
                address_label
        ) as preference
    from postal_address
),

main_address as (
    select
        source_system,
        record_kind,
        source_record_id,
        street_key,
        postcode_key,
        city_key
    from folded_address
    where preference = 1
),

folded_record as (
    select
        source_system,
        record_kind,
        source_record_id,
        name_suffix,
        birth_date,
        gender,
        {{ folded_name('given_name') }} as given_name_key,
        {{ folded_name('family_name') }} as family_name_key
    from customer_record
)

select
    folded_record.source_system,
    folded_record.record_kind,
    folded_record.source_record_id,
    folded_record.given_name_key,
    split_part(folded_record.given_name_key, ' ', 1) as first_given_name_key,
    folded_record.family_name_key,
    {{ sorted_words("folded_record.given_name_key || ' ' || folded_record.family_name_key") }}
        as name_in_any_order_key,
    folded_record.name_suffix,
    folded_record.birth_date,
    folded_record.gender,
    main_address.street_key,
    main_address.postcode_key,
    main_address.city_key,
    main_address.street_key || ' ' || coalesce(main_address.postcode_key, main_address.city_key) as address_key
from folded_record
left join main_address
    on
        folded_record.source_system = main_address.source_system
        and folded_record.record_kind = main_address.record_kind
        and folded_record.source_record_id = main_address.source_record_id
