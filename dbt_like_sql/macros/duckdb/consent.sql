{#- Reading addresses out of unreadable records: DuckDB's side. Spark's twin has the same names. -#}

{#- One row per match of a pattern; rows without a match vanish. -#}
{% macro each_match(text, pattern) -%}
unnest(regexp_extract_all({{ text }}, '{{ pattern }}'))
{%- endmacro %}
