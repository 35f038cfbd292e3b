-- Grain: one row per customer, channel and answer.
-- Rule: that of decisions_of_boxes. A text message goes to the customer's number, else to the address's.
with
customer as (select * from {{ source('shopify_customers') }}),

raw_customer as (select * from {{ ref('raw_shopify_customers') }}),

file as (select * from {{ ref('file') }}),

current_row as (
    select
        source_system,
        customer_id as record_id,
        email,
        coalesce(phone, address_phone) as sms_phone,
        accepts_email_marketing,
        accepts_sms_marketing,
        delivered_on
    from customer
),

delivered_row as (
    select
        raw_customer.source_system,
        {{ unguarded('raw_customer.customer_id') }} as record_id,
        raw_customer.accepts_email_marketing,
        raw_customer.accepts_sms_marketing,
        file.first_seen_on as delivered_on
    from raw_customer
    inner join file on raw_customer.file_id = file.file_id
),

decision as (
    {{ decisions_of_boxes('current_row', 'delivered_row') }}
)

select
    source_system,
    contact_kind,
    delivered_value,
    purpose,
    channel,
    status,
    occurred_at,
    origin,
    proof
from decision
