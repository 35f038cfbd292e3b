-- Trait: the category that a customer likes best.
-- Grain: one row per customer.
-- Rule: lines of orders count, not money, so that one armchair does not outweigh ten visits. Returned
-- articles and lines without a category do not count. Kitchen and KITCHEN are one category, in the spelling
-- that most lines of all customers have. A line in another currency than its purchase has no rate, so its
-- money is left out. A purchase dated after the business date waits for its night.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

purchase_in_euros as (
    select * from {{ ref('purchase_in_euros') }}
),

purchase_line as (
    select * from {{ ref('purchase_line') }}
),

night as (
    select * from {{ ref('night') }}
),

bought_line as (
    select
        purchase_in_euros.customer_id,
        purchase_in_euros.purchased_on,
        purchase_line.category,
        lower(purchase_line.category) as category_key,
        case
            when purchase_line.currency = purchase_in_euros.currency
                then cast(purchase_line.line_amount / purchase_in_euros.eur_rate as decimal(18, 2))
        end as line_eur
    from purchase_in_euros
    cross join night
    inner join purchase_line
        on purchase_in_euros.source_system = purchase_line.source_system
            and purchase_in_euros.purchase_id = purchase_line.purchase_id
    where purchase_in_euros.is_order
        and purchase_line.category is not null
        and purchase_in_euros.purchased_on <= night.business_date
        and coalesce(purchase_line.quantity, 1) > 0
),

by_category as (
    select
        customer_id,
        category_key,
        count(*) as category_lines,
        max(purchased_on) as last_purchase_on,
        sum(line_eur) as category_eur
    from bought_line
    group by customer_id, category_key
),

spelling as (
    select
        category_key,
        category,
        row_number() over (partition by category_key order by count(*) desc, category) as place
    from bought_line
    group by category_key, category
),

ranked as (
    select
        customer_id,
        category_key,
        category_lines,
        category_eur,
        sum(category_lines) over (partition by customer_id) as all_lines,
        row_number() over (
            partition by customer_id order by category_lines desc, last_purchase_on desc, category_key
        ) as place
    from by_category
)

select
    golden_profile.customer_id,
    spelling.category as favourite_category,
    ranked.category_lines as favourite_category_lines,
    cast(1.0 * ranked.category_lines / ranked.all_lines as decimal(5, 4)) as favourite_category_share,
    cast(ranked.category_eur as decimal(18, 2)) as favourite_category_eur
from golden_profile
left join ranked on golden_profile.customer_id = ranked.customer_id and ranked.place = 1
left join spelling on ranked.category_key = spelling.category_key and spelling.place = 1
