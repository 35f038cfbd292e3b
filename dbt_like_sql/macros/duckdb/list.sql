{#- Cells that hold several values: DuckDB's side. Spark's twin has the same names. -#}

{#- One row per number from 1 to `last`. -#}
{% macro each_number_to(last) -%}
unnest(generate_series(1, {{ last }}))
{%- endmacro %}
