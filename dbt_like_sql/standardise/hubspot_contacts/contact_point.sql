-- Grain: one row per contact and e-mail address or phone number.
with
contact as (select * from {{ source('hubspot_contacts') }}),

other_email as (
    {{ each_of_list('contact', ['source_system', 'record_id', 'country'], 'other_emails') }}
)
{% for column in ['email', 'phone', 'mobile_phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'contact' as record_kind,
    record_id as source_record_id,
    '{{ 'email' if column == 'email' else 'phone' }}' as contact_kind,
    {{ column }} as delivered_value,
    country
from contact
where {{ column }} is not null
{% endfor %}
union all
select
    source_system,
    'contact' as record_kind,
    record_id as source_record_id,
    'email' as contact_kind,
    list_item as delivered_value,
    country
from other_email
