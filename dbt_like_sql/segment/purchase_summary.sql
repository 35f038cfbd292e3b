-- Trait: what a customer bought, seen from the night's business date.
-- Grain: one row per customer; a customer without purchases has 0 orders and unknown dates.
-- Rule: orders are paid for and not wholly given back; cancelled, pending and till refunds are none.
-- net_revenue adds what was paid, less what was given back (a till refund counts negative). Currencies are
-- never added: a customer who paid in several has no net_revenue until amounts are converted. A purchase
-- dated after the business date waits for its night.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

customer_purchase as (
    select * from {{ ref('customer_purchase') }}
),

night as (
    select * from {{ ref('night') }}
),

purchase as (
    select
        customer_purchase.customer_id,
        customer_purchase.purchase_id,
        customer_purchase.channel,
        customer_purchase.purchased_on,
        customer_purchase.status,
        customer_purchase.currency,
        customer_purchase.net_amount
    from customer_purchase
    cross join night
    where customer_purchase.purchased_on <= night.business_date
),

summed as (
    select
        customer_id,
        count(case when status in ('paid', 'partially_refunded') then purchase_id end) as orders,
        min(case when status in ('paid', 'partially_refunded') then purchased_on end) as first_purchase_on,
        max(case when status in ('paid', 'partially_refunded') then purchased_on end) as last_purchase_on,
        count(distinct case when status in ('paid', 'partially_refunded') then channel end)
            as purchase_channels,
        count(distinct case when status not in ('cancelled', 'pending') then currency end) as currencies,
        max(case when status not in ('cancelled', 'pending') then currency end) as currency,
        sum(case when status in ('cancelled', 'pending') then 0 else net_amount end) as net_revenue
    from purchase
    group by customer_id
)

select
    golden_profile.customer_id,
    coalesce(summed.orders, 0) as orders,
    summed.first_purchase_on,
    summed.last_purchase_on,
    date_diff('day', summed.first_purchase_on, night.business_date) as days_since_first_purchase,
    date_diff('day', summed.last_purchase_on, night.business_date) as days_since_last_purchase,
    coalesce(summed.purchase_channels, 0) as purchase_channels,
    case when summed.currencies > 1 then null else summed.currency end as revenue_currency,
    cast(
        case when summed.currencies > 1 then null else coalesce(summed.net_revenue, 0) end as decimal(18, 2)
    ) as net_revenue
from golden_profile
cross join night
left join summed on golden_profile.customer_id = summed.customer_id
