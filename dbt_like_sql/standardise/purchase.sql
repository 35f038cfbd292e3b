-- Grain: one row per order or till transaction.
-- Rule: net is what was charged less what was given back, and nothing when cancelled.
with
delivered as ({{ parts('purchase') }}),

source_system as (select * from {{ ref('source_system') }}),

priced as (
    select
        delivered.source_system,
        delivered.purchase_id,
        delivered.record_kind,
        delivered.source_record_id,
        delivered.channel,
        {{ tidy('delivered.store') }} as store,
        {{ utc_from_text('delivered.occurred_at', "coalesce(source_system.zone, 'UTC')") }} as occurred_at,
        delivered.status,
        coalesce(delivered.currency, source_system.currency) as currency,
        coalesce(delivered.gross_amount, 0) as gross_amount,
        abs(coalesce(delivered.refunded_amount, 0)) as refunded_amount
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
)

select
    source_system,
    purchase_id,
    record_kind,
    source_record_id,
    channel,
    store,
    occurred_at,
    status,
    currency,
    cast(gross_amount as decimal(18, 2)) as gross_amount,
    cast(refunded_amount as decimal(18, 2)) as refunded_amount,
    cast(case when status = 'cancelled' then 0 else gross_amount - refunded_amount end as decimal(18, 2))
        as net_amount
from priced
