-- Purchases with the customer who made them; anonymous purchases are left out (see purchase_coverage).
-- Grain: one row per order or till transaction of a known customer.
-- Rule: the newest rate at or before the day of the purchase counts, so that tomorrow's rates do not change
-- what yesterday's purchases were worth. A rate of more than 10 days before is none: no holidays last that
-- long, its delivery stopped. Without a rate the amount stays unknown; it is never taken for euros.
with purchase as (
    select * from {{ ref('purchase') }}
),

customer_source_record as (
    select * from {{ ref('customer_source_record') }}
),

exchange_rate as (
    select * from {{ ref('exchange_rate') }}
),

customer_purchase as (
    select
        customer_source_record.customer_id,
        purchase.source_system,
        purchase.purchase_id,
        purchase.channel,
        purchase.store,
        purchase.occurred_at,
        cast(purchase.occurred_at as date) as purchased_on,
        purchase.status,
        purchase.currency,
        purchase.gross_amount,
        purchase.refunded_amount,
        purchase.net_amount
    from purchase
    inner join customer_source_record
        on purchase.source_system = customer_source_record.source_system
            and purchase.record_kind = customer_source_record.record_kind
            and purchase.source_record_id = customer_source_record.source_record_id
),

rate_period as (
    select
        currency,
        valid_on,
        max(valid_on) over (
            partition by currency order by valid_on rows between 1 following and 1 following
        ) as next_valid_on,
        eur_rate
    from exchange_rate
),

-- A few thousand days, where purchases are millions: the join by range is made once for each.
purchase_day as (
    select distinct
        currency,
        purchased_on
    from customer_purchase
    where currency <> 'EUR'
),

rate_of_day as (
    select
        purchase_day.currency,
        purchase_day.purchased_on,
        rate_period.eur_rate
    from purchase_day
    inner join rate_period
        on purchase_day.currency = rate_period.currency
            and purchase_day.purchased_on >= rate_period.valid_on
            and (purchase_day.purchased_on < rate_period.next_valid_on or rate_period.next_valid_on is null)
            and date_diff('day', rate_period.valid_on, purchase_day.purchased_on) <= 10
),

rated as (
    select
        customer_purchase.*,
        case
            when customer_purchase.currency = 'EUR' then cast(1 as decimal(18, 6))
            else rate_of_day.eur_rate
        end as eur_rate
    from customer_purchase
    left join rate_of_day
        on customer_purchase.currency = rate_of_day.currency
            and customer_purchase.purchased_on = rate_of_day.purchased_on
)

-- The quotient is rounded to cents purchase by purchase, so that sums are sums of decimals.
select
    customer_id,
    source_system,
    purchase_id,
    channel,
    store,
    occurred_at,
    purchased_on,
    status,
    currency,
    gross_amount,
    refunded_amount,
    net_amount,
    eur_rate,
    cast(net_amount / eur_rate as decimal(18, 2)) as net_amount_eur
from rated
