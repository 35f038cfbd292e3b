-- Grain: one row per till customer and loyalty number.
with
receipt as (select * from {{ source('square_transactions') }})

select distinct
    source_system,
    'till_customer' as record_kind,
    customer_id as source_record_id,
    'loyalty_number' as id_kind,
    customer_reference_id as id_value
from receipt
where customer_id is not null and customer_reference_id is not null
