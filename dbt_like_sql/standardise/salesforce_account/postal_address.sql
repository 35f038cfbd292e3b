-- Grain: one row per person account.
with
account as (select * from {{ source('salesforce_account') }})

select
    source_system,
    'account' as record_kind,
    account_id as source_record_id,
    'billing' as address_label,
    billing_street as street,
    billing_postal_code as postcode,
    billing_city as city,
    billing_state as region,
    billing_country as country
from account
where {{ is_person_account() }} and {{ is_kept_contact() }}
