-- Grain: one row per day and currency.
with
rate as (select * from {{ source('exchange_rates') }})

select
    source_system,
    file_id,
    line,
    delivered_on,
    valid_on,
    currency,
    eur_rate
from rate
