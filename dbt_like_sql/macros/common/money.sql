{#- Money and quantities from text: `$12.96`, `-$1,234.50`, `($5.00)`, `12,96 €`, `1.234,50`. -#}

{#- A comma before one or two last digits is a decimal comma; any other comma parts thousands. The raw
    gate refuses what stays ambiguous, such as 1.234. -#}
{% macro number_text(text) -%}
case
    when regexp_matches({{ text }}, ',[0-9]{1,2}[^0-9]*$')
        then replace({{ replace_pattern(text, '[^0-9,]', '') }}, ',', '.')
    else {{ replace_pattern(text, '[^0-9.]', '') }}
end
{%- endmacro %}

{% macro amount_from_text(text) -%}
cast(case when regexp_matches({{ text }}, '^[(]?[^0-9]*-|^[(]') then -1 else 1 end * try_cast({{ number_text(text) }} as decimal(18, 2)) as decimal(18, 2))
{%- endmacro %}

{% macro quantity_from_text(text) -%}
try_cast({{ text }} as decimal(18, 3))
{%- endmacro %}
