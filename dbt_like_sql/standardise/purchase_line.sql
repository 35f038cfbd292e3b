-- Grain: one row per line of a purchase.
-- Rule: numbered from 1 in the order of the file. The source's own category wins; where it names none, and
-- for the brand, the catalogue knows it by the article's number. Of several catalogues the first that has a
-- category counts, by name.
with
delivered as ({{ parts('purchase_line') }}),

source_system as (select * from {{ ref('source_system') }}),

product as (select * from {{ ref('product') }}),

catalogue as (
    select
        sku,
        category,
        brand
    from product
    qualify
        row_number() over (partition by sku order by category is null, brand is null, source_system) = 1
),

tidy_line as (
    select
        source_system,
        purchase_id,
        file_id,
        line,
        {{ tidy('sku') }} as sku,
        {{ tidy('product_name') }} as product_name,
        {{ tidy('category') }} as category,
        quantity,
        line_amount,
        currency
    from delivered
)

select
    tidy_line.source_system,
    tidy_line.purchase_id,
    row_number() over (
        partition by tidy_line.source_system, tidy_line.purchase_id
        order by tidy_line.file_id, tidy_line.line
    ) as line_number,
    tidy_line.sku,
    tidy_line.product_name,
    coalesce(tidy_line.category, catalogue.category) as category,
    catalogue.brand,
    tidy_line.quantity,
    tidy_line.line_amount,
    coalesce(tidy_line.currency, source_system.currency) as currency
from tidy_line
left join source_system on tidy_line.source_system = source_system.source_system
left join catalogue on tidy_line.sku = catalogue.sku
