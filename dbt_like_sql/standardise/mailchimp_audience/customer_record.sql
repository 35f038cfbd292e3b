-- Grain: one row per subscriber, whatever the status.
with
subscriber as (select * from {{ source('mailchimp_audience') }})

select
    source_system,
    'subscriber' as record_kind,
    leid as source_record_id,
    first_name as given_name,
    last_name as family_name,
    cast(null as varchar) as full_name,
    cast(null as varchar) as birth_date,
    cast(null as varchar) as gender,
    cast(null as varchar) as salutation,
    cast(null as varchar) as language,
    {{ as_utc_text('last_changed') }} as updated_at,
    delivered_on
from subscriber
