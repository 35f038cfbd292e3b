-- Grain: one row per member.
with
member as (select * from {{ source('loyalty_members') }})

select
    source_system,
    'member' as record_kind,
    member_no as source_record_id,
    cast(null as varchar) as given_name,
    cast(null as varchar) as family_name,
    full_name,
    birth_date,
    gender,
    cast(null as varchar) as salutation,
    cast(null as varchar) as language,
    updated_at,
    delivered_on
from member
