-- Grain: one row per contact and filled e-mail or phone field.
with
contact as (select * from {{ source('salesforce_contact') }}),

kept_contact as (
    select
        source_system,
        contact_id,
        mailing_country,
        email,
        phone,
        mobile_phone,
        home_phone,
        other_phone
    from contact
    where {{ is_kept_contact() }}
)
{% for column in ['email', 'phone', 'mobile_phone', 'home_phone', 'other_phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'contact' as record_kind,
    contact_id as source_record_id,
    '{{ 'email' if column == 'email' else 'phone' }}' as contact_kind,
    {{ column }} as delivered_value,
    mailing_country as country
from kept_contact
where {{ column }} is not null
{% endfor %}
