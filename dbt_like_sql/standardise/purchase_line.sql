-- Grain: one row per line of a purchase.
-- Rule: numbered from 1 in the order of the file.
with
delivered as ({{ parts('purchase_line') }}),

source_system as (select * from {{ ref('source_system') }})

select
    delivered.source_system,
    delivered.purchase_id,
    row_number() over (
        partition by delivered.source_system, delivered.purchase_id
        order by delivered.file_id, delivered.line
    ) as line_number,
    {{ tidy('delivered.sku') }} as sku,
    {{ tidy('delivered.product_name') }} as product_name,
    {{ tidy('delivered.category') }} as category,
    delivered.quantity,
    delivered.line_amount,
    coalesce(delivered.currency, source_system.currency) as currency
from delivered
left join source_system on delivered.source_system = source_system.source_system
