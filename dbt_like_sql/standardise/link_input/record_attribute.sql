-- Grain: one row per record and filled further column of the input.
-- Rule: the name stands before the first equals sign. Gender is written in one way where its word is known.
with
record as (select * from {{ source('link_input') }})
{% for number in range(1, 13) %}
select
    coalesce(delivered_source_system, source_system) as source_system,
    'record' as record_kind,
    source_record_id,
    split_part(attribute_{{ number }}, '=', 1) as attribute,
    substr(attribute_{{ number }}, length(split_part(attribute_{{ number }}, '=', 1)) + 2) as attribute_value
from record
where attribute_{{ number }} is not null
union all
{% endfor %}
select
    coalesce(delivered_source_system, source_system) as source_system,
    'record' as record_kind,
    source_record_id,
    'gender' as attribute,
    coalesce({{ gender_of(first_word('gender')) }}, gender) as attribute_value
from record
where gender is not null
