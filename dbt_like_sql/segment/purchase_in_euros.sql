-- Purchases of known customers with their value in euros.
-- Grain: one row per order or till transaction of a known customer.
-- Rule: the newest rate at or before the day of the purchase counts, so that tomorrow's rates do not change
-- what yesterday's purchases were worth. A rate of more than 10 days before is none: no holidays last that
-- long, its delivery stopped. Without a rate the amount stays unknown; it is never taken for euros.
with customer_purchase as (
    select * from {{ ref('customer_purchase') }}
),

exchange_rate as (
    select * from {{ ref('exchange_rate') }}
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
        customer_purchase.customer_id,
        customer_purchase.source_system,
        customer_purchase.purchase_id,
        customer_purchase.channel,
        customer_purchase.purchased_on,
        customer_purchase.status,
        customer_purchase.currency,
        customer_purchase.net_amount,
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
    purchased_on,
    status in ('paid', 'partially_refunded') as is_order,
    currency,
    eur_rate,
    cast(
        case
            when status in ('cancelled', 'pending') then 0
            else net_amount / eur_rate
        end as decimal(18, 2)
    ) as revenue_eur
from rated
