{#- Text functions that differ between engines: DuckDB's side. Spark's twin has the same names. -#}

{#- Replace all matches; `$1` in the replacement is the first group. Without 'g' DuckDB replaces only one. -#}
{% macro replace_pattern(text, pattern, replacement) -%}
regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement | replace("$", "\\") }}', 'g')
{%- endmacro %}

{#- Write each word (parted by one blank) with a capital and small letters. -#}
{% macro capitalise_words(text) -%}
array_to_string(list_transform(string_split({{ text }}, ' '), lambda word: upper(left(word, 1)) || lower(substr(word, 2))), ' ')
{%- endmacro %}

{% macro remove_accents(text) -%}
strip_accents({{ text }})
{%- endmacro %}

{#- One value of a JSON object as text. -#}
{% macro json_text(json, name) -%}
json_extract_string({{ json }}, '$.{{ name }}')
{%- endmacro %}
