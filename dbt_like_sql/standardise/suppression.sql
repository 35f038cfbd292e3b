-- Grain: one row per source, channel, delivered value and contact point that it means.
-- Rule: a number without country is read with the source's country, and means every known number of the
-- same digits as well, as a refusal does: see delivered_consent. A hash stays a hash; whose it is,
-- suppressed_contact finds out.
with
delivered as ({{ parts('suppression') }}),

source_system as (select * from {{ ref('source_system') }}),

phone_number as (select * from {{ ref('phone_number') }}),

phone_digit_form as (select * from {{ ref('phone_digit_form') }}),

tidy_entry as (
    select
        delivered.source_system,
        delivered.contact_kind,
        {{ tidy('delivered.delivered_value') }} as delivered_value,
        case
            when delivered.contact_kind = 'email' then {{ bare_email(tidy('delivered.delivered_value')) }}
        end as email,
        case
            when delivered.contact_kind = 'phone'
                then {{ without_leading_zeros(digits_only('delivered.delivered_value')) }}
        end as digits,
        coalesce(source_system.country, 'ZZ') as country,
        delivered.channel,
        {{ tidy('delivered.reason') }} as reason,
        {{ date_from_text('delivered.added_on') }} as added_on
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
),

as_read as (
    select
        tidy_entry.source_system,
        tidy_entry.contact_kind,
        tidy_entry.delivered_value,
        tidy_entry.digits,
        tidy_entry.channel,
        tidy_entry.reason,
        tidy_entry.added_on,
        case
            when tidy_entry.contact_kind = 'sha256' then lower(tidy_entry.delivered_value)
            when {{ is_email('tidy_entry.email') }} then tidy_entry.email
            else phone_number.e164
        end as contact_value
    from tidy_entry
    left join phone_number
        on
            tidy_entry.contact_kind = 'phone'
            and tidy_entry.delivered_value = phone_number.delivered_value
            and tidy_entry.country = phone_number.country
    where tidy_entry.delivered_value is not null
),

meant_too as (
    select
        as_read.source_system,
        as_read.contact_kind,
        as_read.delivered_value,
        as_read.channel,
        as_read.reason,
        as_read.added_on,
        phone_digit_form.contact_value
    from as_read
    inner join phone_digit_form on as_read.digits = phone_digit_form.digits
    where
        as_read.contact_value is null
        or (as_read.delivered_value not like '+%' and as_read.delivered_value not like '00%')
),

reached as (
    select
        source_system,
        contact_kind,
        delivered_value,
        contact_value,
        channel,
        reason,
        added_on
    from as_read
    where
        contact_value is not null
        or delivered_value not in (select meant_too.delivered_value from meant_too)
    union all
    select
        source_system,
        contact_kind,
        delivered_value,
        contact_value,
        channel,
        reason,
        added_on
    from meant_too
)

select
    source_system,
    contact_kind,
    delivered_value,
    contact_value,
    channel,
    reason,
    added_on,
    contact_value is null as is_lost
from reached
qualify
    row_number() over (
        partition by source_system, channel, contact_kind, delivered_value, contact_value
        order by added_on nulls last, reason nulls last
    ) = 1
