{#- Times: DuckDB's side. Spark's twin has the same names. -#}

{#- A local time in an IANA zone (an expression) as UTC. -#}
{% macro local_to_utc(timestamp, zone) -%}
timezone('UTC', timezone({{ zone }}, {{ timestamp }}))
{%- endmacro %}
