-- Grain: one row per customer seen at a till.
-- Rule: the newest name that is not empty; cashiers change it on the receipt.
with
receipt as (select * from {{ source('square_transactions') }}),

newest_name as (
    select
        source_system,
        customer_id,
        customer_name,
        date || ' ' || time as occurred_at,
        delivered_on
    from receipt
    where customer_id is not null
    qualify
        row_number() over (
            partition by source_system, customer_id
            order by customer_name is null, date desc, time desc, transaction_id desc
        ) = 1
)

select
    source_system,
    'till_customer' as record_kind,
    customer_id as source_record_id,
    cast(null as varchar) as given_name,
    cast(null as varchar) as family_name,
    customer_name as full_name,
    cast(null as varchar) as birth_date,
    cast(null as varchar) as gender,
    cast(null as varchar) as salutation,
    cast(null as varchar) as language,
    occurred_at as updated_at,
    delivered_on
from newest_name
