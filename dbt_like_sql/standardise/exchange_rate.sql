-- Grain: one row per day and currency, whichever source delivered it: two would double what they convert.
-- Rule: the newest delivery counts. There is no rate on days without trade: take the last one before.
with
delivered as ({{ parts('exchange_rate') }}),

rate as (
    select
        source_system,
        file_id,
        line,
        delivered_on,
        {{ date_from_text('valid_on') }} as valid_on,
        upper(currency) as currency,
        try_cast(eur_rate as decimal(18, 6)) as eur_rate
    from delivered
)

select
    source_system,
    valid_on,
    currency,
    eur_rate
from rate
qualify
    row_number() over (
        partition by valid_on, currency
        order by delivered_on desc, source_system, file_id, line desc
    ) = 1
