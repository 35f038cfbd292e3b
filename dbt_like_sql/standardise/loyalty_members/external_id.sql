-- Grain: one row per member: the number by which the tills know the member.
with
member as (select * from {{ source('loyalty_members') }})

select
    source_system,
    'member' as record_kind,
    member_no as source_record_id,
    'loyalty_number' as id_kind,
    member_no as id_value
from member
