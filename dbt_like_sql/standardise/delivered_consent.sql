-- Decisions as delivered, with the contact points that they reach.
-- Grain: one row per delivered decision and contact point; a single one without, where it reaches none.
-- Rule: a number without country is read with the source's country. That may be the wrong one, so a refusal
-- counts for every known number that the same digits may mean; a grant never does.
with
delivered as ({{ parts('consent_event') }}),

source_system as (select * from {{ ref('source_system') }}),

phone_number as (select * from {{ ref('phone_number') }}),

phone_digit_form as (select * from {{ ref('phone_digit_form') }}),

tidy_decision as (
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
        delivered.purpose,
        delivered.channel,
        delivered.status,
        {{ utc_from_text('delivered.occurred_at', "coalesce(source_system.zone, 'UTC')") }} as occurred_at,
        delivered.origin,
        delivered.proof
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
),

as_read as (
    select
        tidy_decision.source_system,
        tidy_decision.contact_kind,
        tidy_decision.delivered_value,
        tidy_decision.digits,
        tidy_decision.purpose,
        tidy_decision.channel,
        tidy_decision.status,
        tidy_decision.occurred_at,
        tidy_decision.origin,
        tidy_decision.proof,
        case when {{ is_email('tidy_decision.email') }} then tidy_decision.email else phone_number.e164 end
            as contact_value
    from tidy_decision
    left join phone_number
        on
            tidy_decision.contact_kind = 'phone'
            and tidy_decision.delivered_value = phone_number.delivered_value
            and tidy_decision.country = phone_number.country
),

-- A readable number with + or 00 names its country: it means no other.
meant_too as (
    select
        as_read.source_system,
        as_read.contact_kind,
        as_read.delivered_value,
        as_read.purpose,
        as_read.channel,
        as_read.status,
        as_read.occurred_at,
        as_read.origin,
        as_read.proof,
        phone_digit_form.contact_value as meant_value
    from as_read
    inner join phone_digit_form on as_read.digits = phone_digit_form.digits
    where
        as_read.status <> 'granted'
        and phone_digit_form.contact_value <> coalesce(as_read.contact_value, '')
        and (
            as_read.contact_value is null
            or (as_read.delivered_value not like '+%' and as_read.delivered_value not like '00%')
        )
),

reached as (
    select
        source_system,
        contact_kind,
        delivered_value,
        contact_value,
        purpose,
        channel,
        status,
        occurred_at,
        origin,
        proof
    from as_read
    where
        contact_value is not null
        or not exists (
            select 1
            from meant_too
            where meant_too.delivered_value = as_read.delivered_value and meant_too.status = as_read.status
        )
    union all
    select
        source_system,
        contact_kind,
        delivered_value,
        meant_value as contact_value,
        purpose,
        channel,
        status,
        occurred_at,
        origin,
        proof
    from meant_too
)

select
    source_system,
    contact_kind,
    delivered_value,
    contact_value,
    purpose,
    channel,
    status,
    occurred_at,
    origin,
    proof,
    contact_value is null and status in ('denied', 'withdrawn') as is_lost_refusal
from reached
