{#- Text functions that differ between engines: Spark's side. DuckDB's twin has the same names. -#}

{#- Java writes groups as `$1`, as the callers do. Spark always replaces all matches; sqlglot drops the 'g'. -#}
{% macro replace_pattern(text, pattern, replacement) -%}
regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{#- Write each word (parted by one blank) with a capital and small letters. -#}
{% macro capitalise_words(text) -%}
array_join(transform(split({{ text }}, ' '), lambda word: upper(left(word, 1)) || lower(substr(word, 2))), ' ')
{%- endmacro %}

{#- Spark takes no marks off letters: the letters of European names are listed. -#}
{% macro remove_accents(text) -%}
translate({{ text }}, 'àáâãäåāăąçćčďèéêëēėęěğìíîïīįľńňñòóôõöőŕřśşšșťțùúûüūůűýÿžźżÀÁÂÃÄÅĀĂĄÇĆČĎÈÉÊËĒĖĘĚĞÌÍÎÏĪĮİĽŃŇÑÒÓÔÕÖŐŔŘŚŞŠȘŤȚÙÚÛÜŪŮŰÝŸŽŹŻ', 'aaaaaaaaacccdeeeeeeeegiiiiiilnnnoooooorrssssttuuuuuuuyyzzzAAAAAAAAACCCDEEEEEEEEGIIIIIIILNNNOOOOOORRSSSSTTUUUUUUUYYZZZ')
{%- endmacro %}

{#- One value of a JSON object as text. -#}
{% macro json_text(json, name) -%}
get_json_object({{ json }}, '$.{{ name }}')
{%- endmacro %}
