-- Trait: the category that a customer likes best.
-- Grain: one row per customer.
-- Rule: lines of orders count, not money, so that one armchair does not outweigh ten visits. Returned
-- articles and lines without a category do not count.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

purchase_in_euros as (
    select * from {{ ref('purchase_in_euros') }}
),

purchase_line as (
    select * from {{ ref('purchase_line') }}
),

by_category as (
    select
        purchase_in_euros.customer_id,
        purchase_line.category,
        count(*) as category_lines,
        max(purchase_in_euros.purchased_on) as last_purchase_on,
        sum(cast(purchase_line.line_amount / purchase_in_euros.eur_rate as decimal(18, 2))) as category_eur
    from purchase_in_euros
    inner join purchase_line
        on purchase_in_euros.source_system = purchase_line.source_system
            and purchase_in_euros.purchase_id = purchase_line.purchase_id
    where purchase_in_euros.is_order
        and purchase_line.category is not null
        and coalesce(purchase_line.quantity, 1) > 0
    group by purchase_in_euros.customer_id, purchase_line.category
),

ranked as (
    select
        customer_id,
        category,
        category_lines,
        category_eur,
        sum(category_lines) over (partition by customer_id) as all_lines,
        row_number() over (
            partition by customer_id order by category_lines desc, last_purchase_on desc, category
        ) as place
    from by_category
)

select
    golden_profile.customer_id,
    ranked.category as favourite_category,
    ranked.category_lines as favourite_category_lines,
    cast(1.0 * ranked.category_lines / ranked.all_lines as decimal(5, 4)) as favourite_category_share,
    cast(ranked.category_eur as decimal(18, 2)) as favourite_category_eur
from golden_profile
left join ranked on golden_profile.customer_id = ranked.customer_id and ranked.place = 1
