-- Grain: one row per distinct street, postcode and city. Addresses repeat a lot, and folding is costly.
-- Rule: all spellings of one address fold to one key.
with
postal_address as (select * from {{ ref('postal_address') }}),

distinct_address as (
    select distinct
        street,
        postcode,
        city
    from postal_address
),

folded as (
    select
        street,
        postcode,
        city,
        {{ folded_street('street') }} as street_key,
        {{ letters_and_digits('postcode') }} as postcode_key,
        {{ folded_words('city') }} as city_key
    from distinct_address
)

select
    street,
    postcode,
    city,
    street_key,
    postcode_key,
    city_key,
    street_key || ' ' || coalesce(postcode_key, city_key) as address_key
from folded
