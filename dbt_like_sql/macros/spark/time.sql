{#- Times: Spark's side. DuckDB's twin has the same names. -#}

{#- A local time in an IANA zone (an expression) as UTC. The session's zone must be UTC. -#}
{% macro local_to_utc(timestamp, zone) -%}
cast(to_utc_timestamp({{ timestamp }}, {{ zone }}) as timestamp)
{%- endmacro %}
