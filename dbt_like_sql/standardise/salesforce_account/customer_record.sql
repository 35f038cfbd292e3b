-- Grain: one row per person account.
-- Rule: a company is nobody's record. Accounts in the recycle bin are left out, unless they were merged: see
-- salesforce_contact/customer_record.sql.
with
account as (select * from {{ source('salesforce_account') }})

select
    source_system,
    'account' as record_kind,
    account_id as source_record_id,
    first_name as given_name,
    last_name as family_name,
    account_name as full_name,
    person_birthdate as birth_date,
    salutation as gender,
    salutation,
    cast(null as varchar) as language,
    last_modified_at as updated_at,
    delivered_on
from account
where {{ is_person_account() }} and {{ is_kept_contact() }}
