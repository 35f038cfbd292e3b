-- Names, birth date, gender, salutation and language that a customer's records offer to the profile.
-- Grain: one row per source record.
with customer_source_record as (
    select * from {{ ref('customer_source_record') }}
),

customer_record as (
    select * from {{ ref('customer_record') }}
)

select
    customer_source_record.customer_id,
    customer_record.source_system,
    customer_record.record_kind,
    customer_record.source_record_id,
    '' as candidate_label,
    customer_record.updated_at as observed_at,
    customer_record.given_name,
    customer_record.family_name,
    customer_record.name_suffix,
    customer_record.birth_date,
    customer_record.gender,
    customer_record.salutation,
    customer_record.language
from customer_record
inner join customer_source_record
    on customer_record.source_system = customer_source_record.source_system
        and customer_record.record_kind = customer_source_record.record_kind
        and customer_record.source_record_id = customer_source_record.source_record_id
