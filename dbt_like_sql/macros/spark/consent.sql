{#- Reading addresses out of unreadable records: Spark's side. DuckDB's twin has the same names. -#}

{#- One row per match of a pattern; rows without a match vanish. -#}
{% macro each_match(text, pattern) -%}
explode(regexp_extract_all({{ text }}, '{{ pattern }}', 0))
{%- endmacro %}
