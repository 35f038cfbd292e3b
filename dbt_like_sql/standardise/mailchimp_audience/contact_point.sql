-- Grain: one row per subscriber and filled e-mail or phone field.
with
subscriber as (select * from {{ source('mailchimp_audience') }})
{% for column in ['email', 'phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'subscriber' as record_kind,
    leid as source_record_id,
    '{{ column }}' as contact_kind,
    {{ column }} as delivered_value,
    cast(null as varchar) as country
from subscriber
where {{ column }} is not null
{% endfor %}
