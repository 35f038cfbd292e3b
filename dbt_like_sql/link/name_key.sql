-- Grain: one row per distinct name. Names repeat a lot, and folding is costly.
-- Rule: all spellings of one name fold to one key.
with
customer_record as (select * from {{ ref('customer_record') }}),

distinct_name as (
    select given_name as name from customer_record
    union
    select family_name as name from customer_record
)

select
    name,
    {{ folded_name('name') }} as name_key
from distinct_name
where name is not null
