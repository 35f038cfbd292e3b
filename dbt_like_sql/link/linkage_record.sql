-- Grain: one row per source record.
-- Rule: names and streets are folded to keys that are equal for all spellings of one value. Of several
-- addresses the record's own comes first: home, mailing, billing, shipping. Given and family name that stand
-- in each other's field are put right, by how often the data and the seed use each word as which.
with
customer_record as (select * from {{ ref('customer_record') }}),

name_key as (select * from {{ ref('name_key') }}),

given_name_variant as (select * from {{ ref('given_name_variant') }}),

address_key as (select * from {{ ref('address_key') }}),

postal_address as (select * from {{ ref('postal_address') }}),

preferred_address as (
    select
        source_system,
        record_kind,
        source_record_id,
        street,
        postcode,
        city,
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
        preferred_address.source_system,
        preferred_address.record_kind,
        preferred_address.source_record_id,
        address_key.street_key,
        address_key.postcode_key,
        address_key.city_key
    from preferred_address
    inner join address_key
        on
            preferred_address.street is not distinct from address_key.street
            and preferred_address.postcode is not distinct from address_key.postcode
            and preferred_address.city is not distinct from address_key.city
    where preferred_address.preference = 1
),

folded_record as (
    select
        customer_record.source_system,
        customer_record.record_kind,
        customer_record.source_record_id,
        customer_record.name_suffix,
        customer_record.birth_date,
        given.name_key as given_name_key,
        family.name_key as family_name_key
    from customer_record
    left join name_key as given on customer_record.given_name = given.name
    left join name_key as family on customer_record.family_name = family.name
),

-- Counted by different companions, not by records: one person with swapped fields may have many orders.
word_use as (
    select
        word,
        sum(as_given_name) as as_given_name,
        sum(as_family_name) as as_family_name
    from (
        select
            split_part(given_name_key, ' ', 1) as word,
            count(distinct family_name_key) as as_given_name,
            0 as as_family_name
        from folded_record
        group by split_part(given_name_key, ' ', 1)
        union all
        select
            family_name_key as word,
            0 as as_given_name,
            count(distinct given_name_key) as as_family_name
        from folded_record
        group by family_name_key
        union all
        -- A name of the seed counts as if twenty people bore it, so that small files are judged too.
        select distinct
            {{ folded_name('given_name') }} as word,
            20 as as_given_name,
            0 as as_family_name
        from given_name_variant
    ) as counted
    where word is not null
    group by word
),

oriented_record as (
    select
        folded_record.source_system,
        folded_record.record_kind,
        folded_record.source_record_id,
        folded_record.name_suffix,
        folded_record.birth_date,
        folded_record.given_name_key,
        folded_record.family_name_key,
        coalesce(
            (
                word_in_family_field.as_given_name > 4 * word_in_family_field.as_family_name
                and (
                    word_in_given_field.as_family_name > 4 * word_in_given_field.as_given_name
                    -- Rare in either role: a mistyped family name.
                    or word_in_given_field.as_given_name <= 2
                )
            )
            or (
                length(folded_record.family_name_key) = 1
                and word_in_given_field.as_family_name > 4 * word_in_given_field.as_given_name
            ),
            false
        ) as is_swapped
    from folded_record
    left join word_use as word_in_given_field
        on split_part(folded_record.given_name_key, ' ', 1) = word_in_given_field.word
    left join word_use as word_in_family_field
        on folded_record.family_name_key = word_in_family_field.word
),

named_record as (
    select
        source_system,
        record_kind,
        source_record_id,
        name_suffix,
        birth_date,
        case when is_swapped then family_name_key else given_name_key end as given_name_key,
        case when is_swapped then given_name_key else family_name_key end as family_name_key
    from oriented_record
)

select
    named_record.source_system,
    named_record.record_kind,
    named_record.source_record_id,
    named_record.given_name_key,
    split_part(named_record.given_name_key, ' ', 1) as first_given_name_key,
    named_record.family_name_key,
    {{ sorted_words("named_record.given_name_key || ' ' || named_record.family_name_key") }}
        as name_in_any_order_key,
    named_record.name_suffix,
    named_record.birth_date,
    main_address.street_key,
    main_address.postcode_key,
    main_address.city_key
from named_record
left join main_address
    on
        named_record.source_system = main_address.source_system
        and named_record.record_kind = main_address.record_kind
        and named_record.source_record_id = main_address.source_record_id
