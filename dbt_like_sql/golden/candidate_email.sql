-- E-mail addresses that a customer's records offer to the profile: valid ones only.
-- Grain: one row per source record and delivered value.
with candidate_record as (
    select * from {{ ref('candidate_record') }}
),

contact_point as (
    select * from {{ ref('contact_point') }}
),

contact_state as (
    select * from {{ ref('contact_state') }}
),

verified_contact as (
    select distinct
        contact_kind,
        contact_value
    from {{ ref('contact_verification') }}
)

select
    candidate_record.customer_id,
    contact_point.source_system,
    contact_point.record_kind,
    contact_point.source_record_id,
    contact_point.delivered_value as candidate_label,
    candidate_record.observed_at,
    coalesce(contact_state.delivery_state, 'reachable') = 'reachable' as is_reachable,
    verified_contact.contact_value is not null as is_verified,
    contact_point.contact_value as email
from contact_point
inner join candidate_record
    on contact_point.source_system = candidate_record.source_system
        and contact_point.record_kind = candidate_record.record_kind
        and contact_point.source_record_id = candidate_record.source_record_id
left join contact_state
    on contact_point.contact_kind = contact_state.contact_kind
        and contact_point.contact_value = contact_state.contact_value
left join verified_contact
    on contact_point.contact_kind = verified_contact.contact_kind
        and contact_point.contact_value = verified_contact.contact_value
where contact_point.contact_kind = 'email' and contact_point.is_valid
