{#- Numbers from accepted text, which is written in one form: 1234.50. What is left of others, kept with a
    warning, is no number: a cast alone would read 1e3, and round 12.5 visits to 13. -#}

{% macro amount_from_text(text) -%}
case when regexp_matches({{ text }}, '^-?[0-9]{1,15}([.][0-9]+)?$') then try_cast({{ text }} as decimal(18, 2)) end
{%- endmacro %}

{% macro quantity_from_text(text) -%}
case when regexp_matches({{ text }}, '^-?[0-9]{1,15}([.][0-9]+)?$') then try_cast({{ text }} as decimal(18, 3)) end
{%- endmacro %}

{% macro count_from_text(text) -%}
case when regexp_matches({{ text }}, '^[0-9]{1,15}$') then try_cast({{ text }} as bigint) end
{%- endmacro %}
