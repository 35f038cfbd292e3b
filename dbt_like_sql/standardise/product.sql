-- Grain: one row per catalogue and article.
-- Rule: the newest delivery of an article counts. A cost that is negative or no number, or in no readable
-- currency, is left out.
with
delivered as ({{ parts('product') }}),

source_system as (select * from {{ ref('source_system') }}),

article as (
    select
        delivered.source_system,
        delivered.file_id,
        delivered.line,
        delivered.delivered_on,
        {{ tidy('delivered.sku') }} as sku,
        {{ tidy('delivered.product_name') }} as product_name,
        {{ tidy('delivered.category') }} as category,
        {{ tidy('delivered.brand') }} as brand,
        {{ amount_from_text('delivered.unit_cost') }} as unit_cost,
        upper(coalesce(delivered.currency, source_system.currency)) as currency
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
),

priced as (
    select
        source_system,
        file_id,
        line,
        delivered_on,
        sku,
        product_name,
        category,
        brand,
        case when regexp_matches(currency, '^[A-Z]{3}$') and unit_cost >= 0 then unit_cost end as unit_cost,
        case when regexp_matches(currency, '^[A-Z]{3}$') then currency end as currency
    from article
)

select
    source_system,
    sku,
    product_name,
    category,
    brand,
    unit_cost,
    currency
from priced
qualify
    row_number() over (partition by source_system, sku order by delivered_on desc, file_id, line desc) = 1
