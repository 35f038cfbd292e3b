-- Postal addresses that a customer's records offer to the profile; a lone country is no address.
-- Grain: one row per source record and address label.
with candidate_record as (
    select * from {{ ref('candidate_record') }}
),

postal_address as (
    select * from {{ ref('postal_address') }}
)

select
    candidate_record.customer_id,
    postal_address.source_system,
    postal_address.record_kind,
    postal_address.source_record_id,
    postal_address.address_label as candidate_label,
    candidate_record.observed_at,
    postal_address.street,
    postal_address.postcode,
    postal_address.city,
    postal_address.region,
    postal_address.country
from postal_address
inner join candidate_record
    on postal_address.source_system = candidate_record.source_system
        and postal_address.record_kind = candidate_record.record_kind
        and postal_address.source_record_id = candidate_record.source_record_id
where coalesce(postal_address.street, postal_address.postcode, postal_address.city) is not null
