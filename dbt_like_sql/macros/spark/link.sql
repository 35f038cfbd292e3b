{#- Folding of names and streets where engines differ: Spark's side. DuckDB's twin has the same names. -#}

{#- Spark takes no marks off letters: the letters of European names are listed. -#}
{% macro fold_accents(text) -%}
translate(replace(replace(lower({{ text }}), 'ß', 'ss'), 'æ', 'a'), 'àáâãäåāăąçćčďèéêëēėęěğìíîïīįłľńňñòóôõöøőŕřśşšșťțùúûüūůűýÿžźżıđðþœ', 'aaaaaaaaacccdeeeeeeeegiiiiiillnnnooooooorrssssttuuuuuuuyyzzziddto')
{%- endmacro %}

{#- ae, oe, ue written for ä, ö, ü. After a vowel or q they are letters of their own: Bauer, Queen. -#}
{% macro fold_umlaut_transcription(text) -%}
regexp_replace(regexp_replace({{ text }}, '(^|[^aeoq])ue', '$1u', 'g'), '(^|[^aeoq])(a|o)e', '$1$2', 'g')
{%- endmacro %}

{#- A word in any of its spellings becomes the short form, also at the end of a compound: Hauptstrasse. -#}
{% macro shorten_street_word(text, spellings, short) -%}
regexp_replace({{ text }}, '({{ spellings }})( |$)', '{{ short }}$2', 'g')
{%- endmacro %}
