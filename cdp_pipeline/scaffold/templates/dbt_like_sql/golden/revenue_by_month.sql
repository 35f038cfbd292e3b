-- Grain: one row per month, channel and currency.
-- Rule: cancelled and pending purchases do not count. What the shop gives back lowers the month of the
-- purchase, a refund at the till the month in which it was paid out.
-- A model of this project's own: any table of an earlier stage, or of this one, is read with ref().
with
purchase as (select * from {{ ref('purchase') }})

select
    left(cast(occurred_at as varchar), 7) as purchased_in,
    channel,
    currency,
    count(case when status <> 'refund' then purchase_id end) as purchase_count,
    cast(sum(net_amount) as decimal(18, 2)) as net_amount
from purchase
where status not in ('cancelled', 'pending')
group by left(cast(occurred_at as varchar), 7), channel, currency
