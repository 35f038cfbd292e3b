-- Grain: one row per decision and contact point.
-- Rule: a decision made with e-mail and phone holds for both, since either may be what others know.
with
preference as (select * from {{ source('consent_preferences') }})
{% for column in ['email', 'phone'] %}
{{ 'union all' if not loop.first }}
select
    source_system,
    '{{ column }}' as contact_kind,
    {{ column }} as delivered_value,
    purpose,
    channel,
    status,
    changed_at as occurred_at,
    origin,
    proof,
    file_id,
    line
from preference
where {{ column }} is not null
{% endfor %}
