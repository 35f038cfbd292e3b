-- Where each customer lives and lived, as far as records said.
-- Grain: one row per customer and address; all spellings of one are one, in the newest spelling.
-- Rule: an address is current while a record that is kept up to date says it, or while it is the profile's;
-- an order only tells where somebody had things sent once. A lone country is no address.
with customer_source_record as (
    select * from {{ ref('customer_source_record') }}
),

record_address_history as (
    select * from {{ ref('record_address_history') }}
),

candidate_record as (
    select * from {{ ref('candidate_record') }}
),

record_channel as (
    select * from {{ ref('record_channel') }}
),

golden_profile as (
    select * from {{ ref('golden_profile') }}
),

manual_correction as (
    select * from {{ ref('manual_correction') }}
),

-- Addresses repeat a lot, and folding is costly.
distinct_address as (
    select
        street,
        postcode,
        city,
        country
    from record_address_history
    union
    select
        street,
        postcode,
        city,
        country
    from golden_profile
),

folded_address as (
    select
        street,
        postcode,
        city,
        country,
        coalesce({{ folded_street('street') }}, '') || ' '
        || coalesce({{ letters_and_digits('postcode') }}, {{ folded_words('city') }}, '')
        || ' ' || coalesce(country, '') as address_key
    from distinct_address
    where coalesce(street, postcode, city) is not null
),

preferred as (
    select
        golden_profile.customer_id,
        folded_address.address_key,
        golden_profile.street,
        golden_profile.postcode,
        golden_profile.city,
        golden_profile.region,
        golden_profile.country
    from golden_profile
    inner join folded_address
        on golden_profile.street is not distinct from folded_address.street
            and golden_profile.postcode is not distinct from folded_address.postcode
            and golden_profile.city is not distinct from folded_address.city
            and golden_profile.country is not distinct from folded_address.country
),

corrected as (
    select
        customer_id,
        max(corrected_at) as corrected_at
    from manual_correction
    where column_name in ('street', 'postcode', 'city')
    group by customer_id
),

said as (
    select
        customer_source_record.customer_id,
        folded_address.address_key,
        record_address_history.source_system,
        record_address_history.record_kind,
        record_address_history.source_record_id,
        record_address_history.address_label,
        record_address_history.street,
        record_address_history.postcode,
        record_address_history.city,
        record_address_history.region,
        record_address_history.country,
        record_address_history.valid_from,
        record_address_history.first_seen_at,
        record_address_history.valid_to,
        case
            when record_address_history.valid_to is null
                then coalesce(candidate_record.observed_at, record_address_history.first_seen_at)
            else cast(record_address_history.valid_to as timestamp)
        end as last_seen_at,
        record_address_history.valid_to is null and not coalesce(record_channel.is_of_one_purchase, false)
            as is_kept_up
    from record_address_history
    inner join customer_source_record
        on record_address_history.source_system = customer_source_record.source_system
            and record_address_history.record_kind = customer_source_record.record_kind
            and record_address_history.source_record_id = customer_source_record.source_record_id
    inner join folded_address
        on record_address_history.street is not distinct from folded_address.street
            and record_address_history.postcode is not distinct from folded_address.postcode
            and record_address_history.city is not distinct from folded_address.city
            and record_address_history.country is not distinct from folded_address.country
    left join candidate_record
        on record_address_history.source_system = candidate_record.source_system
            and record_address_history.record_kind = candidate_record.record_kind
            and record_address_history.source_record_id = candidate_record.source_record_id
    left join record_channel on record_address_history.record_kind = record_channel.record_kind
    union all
    -- What a person had corrected, no record may say.
    select
        preferred.customer_id,
        preferred.address_key,
        'manual_correction' as source_system,
        'correction' as record_kind,
        '' as source_record_id,
        cast(null as varchar) as address_label,
        preferred.street,
        preferred.postcode,
        preferred.city,
        preferred.region,
        preferred.country,
        cast(corrected.corrected_at as date) as valid_from,
        corrected.corrected_at as first_seen_at,
        cast(null as date) as valid_to,
        corrected.corrected_at as last_seen_at,
        true as is_kept_up
    from preferred
    inner join corrected on preferred.customer_id = corrected.customer_id
),

newest_spelling as (
    select
        *,
        row_number() over (
            partition by customer_id, address_key
            order by
                case when valid_to is null then 0 else 1 end,
                last_seen_at desc,
                source_system,
                record_kind,
                source_record_id,
                address_label,
                valid_from desc
        ) as place
    from said
),

collected as (
    select
        customer_id,
        address_key,
        max(case when place = 1 then street end) as street,
        max(case when place = 1 then postcode end) as postcode,
        max(case when place = 1 then city end) as city,
        max(case when place = 1 then region end) as region,
        max(case when place = 1 then country end) as country,
        max(case when place = 1 then source_system end) as source_system,
        nullif(
            substring(
                {%- for label in ['billing', 'home', 'mailing', 'shipping'] %}
                {{ '|| ' if not loop.first }}coalesce(
                    max(case when address_label = '{{ label }}' then ', {{ label }}' end), ''
                )
                {%- endfor %},
                3
            ),
            ''
        ) as address_labels,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        max(case when is_kept_up then 1 else 0 end) as kept_up_flag,
        count(*) as record_count
    from newest_spelling
    group by customer_id, address_key
)

select
    collected.customer_id,
    row_number() over (
        partition by collected.customer_id
        order by
            case when preferred.address_key is null then 1 else 0 end,
            collected.kept_up_flag desc,
            collected.last_seen_at desc,
            collected.address_key
    ) as address_rank,
    collected.street,
    collected.postcode,
    collected.city,
    collected.region,
    collected.country,
    collected.address_labels,
    preferred.address_key is not null as is_preferred,
    preferred.address_key is not null or collected.kept_up_flag = 1 as is_current,
    collected.first_seen_at,
    collected.last_seen_at,
    collected.source_system,
    collected.record_count
from collected
left join preferred
    on collected.customer_id = preferred.customer_id
        and collected.address_key = preferred.address_key
