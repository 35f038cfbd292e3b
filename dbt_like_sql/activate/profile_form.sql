-- Names and address of the profile in the normal forms that platforms ask for: columns <field>_<normaliser>.
-- Grain: one row per customer.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
)

select
    customer_id,
    {{ composed('given_name') }} as given_name_as_is,
    {{ google_name('given_name') }} as given_name_google,
    {{ meta_name('given_name') }} as given_name_meta,
    {{ composed('family_name') }} as family_name_as_is,
    {{ google_name('family_name') }} as family_name_google,
    {{ meta_name('family_name') }} as family_name_meta,
    postcode as postcode_as_is,
    {{ meta_postcode('postcode', iso_country('country')) }} as postcode_meta,
    {{ composed('city') }} as city_as_is,
    {{ meta_city('city') }} as city_meta,
    {{ composed('region') }} as region_as_is,
    {{ meta_region('region', iso_country('country')) }} as region_meta,
    {{ iso_country('country') }} as country_as_is,
    lower({{ iso_country('country') }}) as country_meta,
    cast(birth_date as varchar) as birth_date_as_is,
    {{ meta_birth_date('birth_date') }} as birth_date_meta,
    gender as gender_as_is,
    {{ meta_gender('gender') }} as gender_meta,
    language as language_as_is
from golden_profile
