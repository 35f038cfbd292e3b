{#- Plain text. Patterns are for RE2 and for Java alike: no look-around, no \b (RE2's knows ASCII only). -#}

{#- Runs of blanks, line breaks, hard blanks and control characters become one blank; nothing becomes null. -#}
{% macro tidy(text) -%}
nullif(trim({{ replace_pattern(text, '[\\s\\p{Z}\\p{C}]+', ' ') }}), '')
{%- endmacro %}

{% macro digits_only(text) -%}
{{ replace_pattern(text, '[^0-9]', '') }}
{%- endmacro %}

{#- Whether a text of three or more characters repeats a single one: xxx, 000000. -#}
{% macro is_one_repeated(text) -%}
(length({{ text }}) >= 3 and replace({{ text }}, left({{ text }}, 1), '') = '')
{%- endmacro %}

{#- Lower case without accents, dots and doubled blanks: for looking words up in a seed. -#}
{% macro lookup_key(text) -%}
nullif(trim({{ replace_pattern(remove_accents('lower(' ~ text ~ ')'), '[^\\p{L}\\p{N}]+', ' ') }}), '')
{%- endmacro %}
