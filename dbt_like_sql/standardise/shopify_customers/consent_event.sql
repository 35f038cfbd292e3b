-- Grain: one row per customer, channel and answer.
-- Rule: that of decisions_of_boxes. Of accounts that the shop no longer lists the refusals count. A text
-- message goes to the customer's number, else to the address's.
with
customer as (select * from {{ source('shopify_customers') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('shopify_customers', [
        'customer_id', 'email', 'phone', 'address_phone', 'accepts_email_marketing', 'accepts_sms_marketing',
    ]) }}
),

current_row as (
    select
        source_system,
        customer_id as record_id,
        email,
        coalesce(phone, address_phone) as sms_phone,
        accepts_email_marketing,
        accepts_sms_marketing,
        delivered_on,
        file_id,
        line
    from customer
    union all
    select
        source_system,
        customer_id as record_id,
        email,
        coalesce(phone, address_phone) as sms_phone,
        nullif(accepts_email_marketing, 'yes') as accepts_email_marketing,
        nullif(accepts_sms_marketing, 'yes') as accepts_sms_marketing,
        delivered_on,
        file_id,
        line
    from version
    where is_gone
),

delivered_row as (
    select
        source_system,
        customer_id as record_id,
        accepts_email_marketing,
        accepts_sms_marketing,
        delivered_on
    from version
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
    proof,
    file_id,
    line
from decision
