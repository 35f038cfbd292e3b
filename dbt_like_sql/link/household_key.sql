-- Grain: one row per customer, kind and value of what the customers of a household can have in common.
-- Rule: a customer lives at one address, the one that was told last; former ones never tie two families
-- together. Each word of a family name counts alone: Schmidt meets Schmidt-Braun, Kowalska meets Kowalski.
-- The counts say how many customers and names use the value: an office's phone ties nobody.
with
customer_source_record as (select * from {{ ref('customer_source_record') }}),

customer_record as (select * from {{ ref('customer_record') }}),

linkage_record as (select * from {{ ref('linkage_record') }}),

identifier as (select * from {{ ref('identifier') }}),

phone_number as (select * from {{ ref('phone_number') }}),

landline as (
    select distinct e164 from phone_number
    where is_valid and not is_mobile
),

record as (
    select
        customer_source_record.customer_id,
        customer_record.updated_at,
        linkage_record.family_name_key,
        linkage_record.postcode_key,
        linkage_record.street_key || ' ' || linkage_record.city_key as street_in_city_key,
        linkage_record.street_key || ' ' || coalesce(linkage_record.postcode_key, linkage_record.city_key)
            as address_key
    from customer_source_record
    inner join linkage_record
        on
            customer_source_record.source_system = linkage_record.source_system
            and customer_source_record.record_kind = linkage_record.record_kind
            and customer_source_record.source_record_id = linkage_record.source_record_id
    inner join customer_record
        on
            customer_source_record.source_system = customer_record.source_system
            and customer_source_record.record_kind = customer_record.record_kind
            and customer_source_record.source_record_id = customer_record.source_record_id
),

told_address as (
    select
        customer_id,
        address_key,
        min(postcode_key) as postcode_key,
        min(street_in_city_key) as street_in_city_key,
        max(updated_at) as told_at,
        count(*) as record_count
    from record
    where address_key is not null
    group by customer_id, address_key
),

ranked_address as (
    select
        customer_id,
        address_key,
        postcode_key,
        street_in_city_key,
        row_number() over (
            partition by customer_id
            order by told_at desc nulls last, record_count desc, address_key
        ) as preference
    from told_address
),

home as (
    select
        customer_id,
        address_key,
        postcode_key,
        street_in_city_key
    from ranked_address
    where preference = 1
),

-- Names repeat a lot, and taking them apart is costly.
distinct_name as (
    select distinct family_name_key from record
    where family_name_key is not null
),

name_word as (
    select
        family_name_key,
        {{ each_match('family_name_key', '[^ ]+') }} as word
    from distinct_name
),

name_family as (
    select
        family_name_key,
        {{ family_of('word') }} as family_name
    from name_word
    where word = family_name_key or not {{ is_name_particle('word') }}
),

family_name as (
    select distinct
        record.customer_id,
        name_family.family_name
    from record
    inner join name_family on record.family_name_key = name_family.family_name_key
),

name_at_door as (
    select distinct
        home.address_key,
        home.street_in_city_key,
        family_name.family_name
    from home
    inner join family_name on home.customer_id = family_name.customer_id
),

address_use as (
    select
        address_key,
        count(distinct family_name) as family_name_count
    from name_at_door
    group by address_key
),

street_use as (
    select
        street_in_city_key,
        count(distinct family_name) as family_name_count
    from name_at_door
    group by street_in_city_key
),

contact as (
    select distinct
        customer_source_record.customer_id,
        identifier.identifier_kind,
        identifier.identifier_value
    from identifier
    inner join customer_source_record
        on
            identifier.source_system = customer_source_record.source_system
            and identifier.record_kind = customer_source_record.record_kind
            and identifier.source_record_id = customer_source_record.source_record_id
    where identifier.identifier_kind in ('email', 'phone')
),

-- What one customer alone has is nothing in common, and most contacts are.
contact_use as (
    select
        identifier_kind,
        identifier_value,
        count(*) as customer_count
    from contact
    group by identifier_kind, identifier_value
    having count(*) > 1
),

shared_contact as (
    select
        contact.customer_id,
        contact.identifier_kind,
        contact.identifier_value,
        contact_use.customer_count
    from contact
    inner join contact_use
        on
            contact.identifier_kind = contact_use.identifier_kind
            and contact.identifier_value = contact_use.identifier_value
)

select
    home.customer_id,
    'address' as key_kind,
    home.address_key as key_value,
    cast(null as bigint) as customer_count,
    address_use.family_name_count
from home
left join address_use on home.address_key = address_use.address_key
union all
select
    home.customer_id,
    'street_in_city' as key_kind,
    home.street_in_city_key as key_value,
    cast(null as bigint) as customer_count,
    street_use.family_name_count
from home
left join street_use on home.street_in_city_key = street_use.street_in_city_key
where home.street_in_city_key is not null
union all
select
    customer_id,
    'postcode' as key_kind,
    postcode_key as key_value,
    cast(null as bigint) as customer_count,
    cast(null as bigint) as family_name_count
from home
where postcode_key is not null
union all
select
    customer_id,
    'family_name' as key_kind,
    family_name as key_value,
    cast(null as bigint) as customer_count,
    cast(null as bigint) as family_name_count
from family_name
union all
select
    customer_id,
    identifier_kind as key_kind,
    identifier_value as key_value,
    customer_count,
    cast(null as bigint) as family_name_count
from shared_contact
union all
select
    shared_contact.customer_id,
    'landline' as key_kind,
    shared_contact.identifier_value as key_value,
    shared_contact.customer_count,
    cast(null as bigint) as family_name_count
from shared_contact
inner join landline on shared_contact.identifier_value = landline.e164
where shared_contact.identifier_kind = 'phone'
