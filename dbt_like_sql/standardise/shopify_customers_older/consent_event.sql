-- Grain: one row per customer, channel and answer.
-- Rule: that of decisions_of_boxes.
with
customer as (
    select
        *,
        {{ older_shopify_id('email', 'phone') }} as record_id
    from {{ source('shopify_customers_older') }}
),

raw_customer as (select * from {{ ref('raw_shopify_customers_older') }}),

file as (select * from {{ ref('file') }}),

newest as (
    {{ newest_per_record('customer') }}
),

current_row as (
    select
        source_system,
        record_id,
        email,
        phone as sms_phone,
        accepts_email_marketing,
        accepts_sms_marketing,
        delivered_on
    from newest
),

delivered_row as (
    select
        raw_customer.source_system,
        {{ older_shopify_id(unguarded('raw_customer.email'), unguarded('raw_customer.phone')) }} as record_id,
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
