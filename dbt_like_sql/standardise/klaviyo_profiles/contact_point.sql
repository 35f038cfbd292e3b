-- Grain: one row per profile and filled e-mail or phone field.
with
profile as (select * from {{ source('klaviyo_profiles') }})
{% for column in ['email', 'phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'profile' as record_kind,
    klaviyo_id as source_record_id,
    '{{ column }}' as contact_kind,
    {{ column }} as delivered_value,
    country
from profile
where {{ column }} is not null
{% endfor %}
