-- Names and address of the profile in the normal forms that platforms ask for: columns <field>_<normaliser>.
-- Grain: one row per customer.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
)

select
    customer_id,
    {{ composed('given_name') }} as given_name_as_is,
    {{ google_name('given_name') }} as given_name_google,
    {{ composed('family_name') }} as family_name_as_is,
    {{ google_name('family_name') }} as family_name_google,
    postcode as postcode_as_is,
    {{ iso_country('country') }} as country_as_is,
    language as language_as_is
from golden_profile
