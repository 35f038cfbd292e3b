-- Grain: one row per member and filled e-mail or phone field.
with
member as (select * from {{ source('loyalty_members') }})
{% for column in ['email', 'phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    'member' as record_kind,
    member_no as source_record_id,
    '{{ column }}' as contact_kind,
    {{ column }} as delivered_value,
    country
from member
where {{ column }} is not null
{% endfor %}
