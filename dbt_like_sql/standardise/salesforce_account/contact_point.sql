-- Grain: one row per person account and filled e-mail or phone field.
with
account as (select * from {{ source('salesforce_account') }})
{% for column in ['person_email', 'phone', 'person_mobile_phone', 'person_home_phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'account' as record_kind,
    account_id as source_record_id,
    '{{ 'email' if column == 'person_email' else 'phone' }}' as contact_kind,
    {{ column }} as delivered_value,
    billing_country as country
from account
where {{ is_person_account() }} and {{ is_kept_contact() }} and {{ column }} is not null
{% endfor %}
