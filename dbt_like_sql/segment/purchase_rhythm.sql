-- Trait: a customer's own buying rhythm.
-- Grain: one row per customer.
-- Rule: several orders of one day are one visit. The median ignores the one long holiday that a mean would
-- not; it needs two gaps at least. A purchase dated after the business date waits for its night.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

purchase_in_euros as (
    select * from {{ ref('purchase_in_euros') }}
),

night as (
    select * from {{ ref('night') }}
),

purchase_day as (
    select distinct
        purchase_in_euros.customer_id,
        purchase_in_euros.purchased_on
    from purchase_in_euros
    cross join night
    where purchase_in_euros.is_order and purchase_in_euros.purchased_on <= night.business_date
),

followed as (
    select
        customer_id,
        purchased_on,
        max(purchased_on) over (
            partition by customer_id order by purchased_on rows between 1 preceding and 1 preceding
        ) as previous_on
    from purchase_day
),

ranked_gap as (
    select
        customer_id,
        date_diff('day', previous_on, purchased_on) as days,
        row_number() over (
            partition by customer_id order by date_diff('day', previous_on, purchased_on), purchased_on
        ) as place,
        count(*) over (partition by customer_id) as gaps
    from followed
    where previous_on is not null
),

-- The middle place of an odd number of gaps, the two middle places of an even one.
rhythm as (
    select
        customer_id,
        cast(sum(days) as decimal(9, 1)) / count(*) as median_days
    from ranked_gap
    where gaps >= 2 and 2 * place between gaps and gaps + 2
    group by customer_id
),

counted as (
    select
        customer_id,
        count(*) as purchase_days,
        max(purchased_on) as last_purchase_on
    from purchase_day
    group by customer_id
)

select
    golden_profile.customer_id,
    coalesce(counted.purchase_days, 0) as purchase_days,
    cast(rhythm.median_days as decimal(9, 1)) as median_days_between_purchases,
    cast(
        date_diff('day', counted.last_purchase_on, night.business_date) / rhythm.median_days as decimal(9, 2)
    ) as lateness
from golden_profile
cross join night
left join counted on golden_profile.customer_id = counted.customer_id
left join rhythm on golden_profile.customer_id = rhythm.customer_id
