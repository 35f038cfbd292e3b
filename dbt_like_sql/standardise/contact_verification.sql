-- Grain: one row per source and contact point.
-- Rule: only what a source proves counts: that it reached the owner there, and the owner answered. Of several
-- times the first.
with
delivered as ({{ parts('contact_verification') }}),

source_system as (select * from {{ ref('source_system') }}),

phone_number as (select * from {{ ref('phone_number') }}),

tidy_proof as (
    select
        delivered.source_system,
        delivered.contact_kind,
        {{ tidy('delivered.delivered_value') }} as delivered_value,
        coalesce(source_system.country, 'ZZ') as country,
        {{ utc_from_text('delivered.verified_at', "coalesce(source_system.zone, 'UTC')") }} as verified_at,
        delivered.verified_how
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
),

read_contact as (
    select
        tidy_proof.source_system,
        tidy_proof.contact_kind,
        case
            when tidy_proof.contact_kind = 'phone' then phone_number.e164
            when {{ is_email(bare_email('tidy_proof.delivered_value')) }}
                then {{ bare_email('tidy_proof.delivered_value') }}
        end as contact_value,
        tidy_proof.verified_at,
        tidy_proof.verified_how
    from tidy_proof
    left join phone_number
        on
            tidy_proof.contact_kind = 'phone'
            and tidy_proof.delivered_value = phone_number.delivered_value
            and tidy_proof.country = phone_number.country
)

select
    source_system,
    contact_kind,
    contact_value,
    verified_at,
    verified_how
from read_contact
where contact_value is not null
qualify
    row_number() over (
        partition by source_system, contact_kind, contact_value order by verified_at nulls last, verified_how
    ) = 1
