-- Grain: one row per record and filled e-mail or phone field.
-- Rule: source systems named in the file are none of the project's, so the country comes along from here.
with
record as (select * from {{ source('link_input') }}),

source_system as (select * from {{ ref('source_system') }})
{% for column in ['email', 'email_2', 'email_3', 'phone', 'phone_2', 'phone_3', 'mobile'] %}
{{ 'union all' if not loop.first }}
select
    coalesce(record.delivered_source_system, record.source_system) as source_system,
    'record' as record_kind,
    record.source_record_id,
    '{{ 'email' if 'email' in column else 'phone' }}' as contact_kind,
    record.{{ column }} as delivered_value,
    coalesce(record.country, source_system.country) as country
from record
inner join source_system on record.source_system = source_system.source_system
where record.{{ column }} is not null
{% endfor %}
