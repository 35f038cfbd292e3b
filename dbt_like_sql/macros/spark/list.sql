{#- Cells that hold several values: Spark's side. DuckDB's twin has the same names. -#}

{#- One row per number from 1 to `last`. -#}
{% macro each_number_to(last) -%}
explode(sequence(1, {{ last }}))
{%- endmacro %}
