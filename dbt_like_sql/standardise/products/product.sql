-- Grain: one row per article.
with
article as (select * from {{ source('products') }})

select
    source_system,
    file_id,
    line,
    delivered_on,
    sku,
    product_name,
    category,
    brand,
    unit_cost,
    currency
from article
