-- Grain: one row per customer, channel and answer.
-- Rule: that of decisions_of_boxes. Of customers that the shop no longer lists the refusals count.
with
customer as (
    {{ older_shopify_customers(source('shopify_customers_older')) }}
),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('shopify_customers_older', [
        'email', 'phone', 'accepts_email_marketing', 'accepts_sms_marketing',
    ]) }}
),

told_version as (
    select
        *,
        {{ older_shopify_id('email', 'phone') }} as record_id
    from version
),

current_row as (
    select
        source_system,
        record_id,
        email,
        phone as sms_phone,
        accepts_email_marketing,
        accepts_sms_marketing,
        delivered_on,
        file_id,
        line
    from customer
    union all
    select
        told_version.source_system,
        told_version.record_id,
        told_version.email,
        told_version.phone as sms_phone,
        nullif(told_version.accepts_email_marketing, 'yes') as accepts_email_marketing,
        nullif(told_version.accepts_sms_marketing, 'yes') as accepts_sms_marketing,
        told_version.delivered_on,
        told_version.file_id,
        told_version.line
    from told_version
    left join customer
        on told_version.source_system = customer.source_system and told_version.record_id = customer.record_id
    where told_version.is_gone and customer.record_id is null
),

delivered_row as (
    select
        source_system,
        record_id,
        accepts_email_marketing,
        accepts_sms_marketing,
        delivered_on
    from told_version
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
