-- Grain: one row per source record, kind and delivered value.
-- Rule: e-mails in lower case, by a strict form; phones as phone_number reads them. Placeholders (listed in
-- junk_value by address, local part, domain or digits, or digits that repeat) are no one's: they stay, with
-- the reason, but carry no normalised value.
with
delivered_contact as ({{ parts('contact_point') }}),

source_system as (select * from {{ ref('source_system') }}),

country_name as (select * from {{ ref('country_name') }}),

phone_number as (select * from {{ ref('phone_number') }}),

junk_value as (select * from {{ ref('junk_value') }}),

delivered as (
    select
        source_system,
        record_kind,
        source_record_id,
        contact_kind,
        {{ tidy('delivered_value') }} as delivered_value,
        country
    from delivered_contact
),

one_per_value as (
    select
        source_system,
        record_kind,
        source_record_id,
        contact_kind,
        delivered_value,
        min(country) as country
    from delivered
    where delivered_value is not null
    group by source_system, record_kind, source_record_id, contact_kind, delivered_value
),

keyed as (
    select
        one_per_value.source_system,
        one_per_value.record_kind,
        one_per_value.source_record_id,
        one_per_value.contact_kind,
        one_per_value.delivered_value,
        coalesce(country_name.country, source_system.country, 'ZZ') as country,
        case
            when one_per_value.contact_kind = 'email' then {{ bare_email('one_per_value.delivered_value') }}
        end as email,
        case
            when one_per_value.contact_kind = 'phone' then {{ digits_only('one_per_value.delivered_value') }}
        end as digits
    from one_per_value
    left join source_system on one_per_value.source_system = source_system.source_system
    left join country_name on {{ lookup_key('one_per_value.country') }} = country_name.name
),

judged as (
    select
        keyed.source_system,
        keyed.record_kind,
        keyed.source_record_id,
        keyed.contact_kind,
        keyed.delivered_value,
        case when {{ is_email('keyed.email') }} then keyed.email else phone_number.e164 end as contact_value,
        phone_number.is_mobile,
        coalesce(junk_address.value, junk_local_part.value, junk_domain.value, junk_digits.value) is not null
        or coalesce({{ is_one_repeated('keyed.digits') }}, false)
        or coalesce({{ is_one_repeated(replace_pattern('keyed.digits', '^0+', '')) }}, false)
            as is_placeholder
    from keyed
    left join phone_number
        on
            keyed.contact_kind = 'phone'
            and keyed.delivered_value = phone_number.delivered_value
            and keyed.country = phone_number.country
    left join junk_value as junk_address on junk_address.kind = 'email' and keyed.email = junk_address.value
    left join junk_value as junk_local_part
        on
            junk_local_part.kind = 'email_local_part'
            and split_part(keyed.email, '@', 1) = junk_local_part.value
    left join junk_value as junk_domain
        on junk_domain.kind = 'email_domain' and split_part(keyed.email, '@', 2) = junk_domain.value
    left join junk_value as junk_digits
        on junk_digits.kind = 'phone_digits' and keyed.digits = junk_digits.value
)

select
    source_system,
    record_kind,
    source_record_id,
    contact_kind,
    delivered_value,
    case when not is_placeholder then contact_value end as contact_value,
    contact_value is not null and not is_placeholder as is_valid,
    case
        when is_placeholder then 'placeholder'
        when contact_value is null then 'malformed'
    end as invalid_reason,
    is_mobile
from judged
