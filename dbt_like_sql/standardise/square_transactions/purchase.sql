-- Grain: one row per receipt; a refund is a receipt of its own.
-- Rule: a sale charges Total Collected. A refund charges nothing and gives its (negative) total back, so its
-- net is negative. `Partial Refunds` of a sale is not subtracted: the same money is in the refund's own row.
with
receipt as (select * from {{ source('square_transactions') }}),

signed_receipt as (
    select
        source_system,
        transaction_id,
        customer_id,
        location,
        date || ' ' || time as occurred_at,
        {{ amount_from_text('total_collected') }} as total,
        coalesce(event_type, 'Payment') = 'Refund' as is_refund
    from receipt
)

select
    source_system,
    transaction_id as purchase_id,
    case when customer_id is not null then 'till_customer' end as record_kind,
    customer_id as source_record_id,
    'till' as channel,
    location as store,
    occurred_at,
    case when is_refund then 'refund' else 'paid' end as status,
    cast(null as varchar) as currency,
    case when is_refund then 0 else total end as gross_amount,
    case when is_refund then abs(total) else 0 end as refunded_amount
from signed_receipt
