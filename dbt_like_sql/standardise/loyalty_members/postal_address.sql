-- Grain: one row per member.
with
member as (select * from {{ source('loyalty_members') }})

select
    source_system,
    'member' as record_kind,
    member_no as source_record_id,
    'home' as address_label,
    street,
    postcode,
    city,
    cast(null as varchar) as region,
    country
from member
