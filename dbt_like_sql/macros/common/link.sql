{#- Keys by which records meet. Two spellings of one name must fold to one key: Müller, Mueller, Muller. -#}

{#- Lower case, no marks, words parted by one blank; apostrophes and dots vanish: O'Brien is OBrien. -#}
{% macro folded_words(text) -%}
nullif(trim(regexp_replace(regexp_replace({{ fold_accents(text) }}, '[^\p{L}\p{N} ,;/_-]+', '', 'g'), '[^\p{L}\p{N}]+', ' ', 'g')), '')
{%- endmacro %}

{% macro folded_name(text) -%}
{{ fold_umlaut_transcription(folded_words(text)) }}
{%- endmacro %}

{#- Hauptstraße 12 a, Hauptstr. 12a and HAUPTSTRASSE 12A become hauptstr12a. -#}
{% macro folded_street(text) -%}
nullif(replace({{ shorten_street_word(shorten_street_word(shorten_street_word(fold_umlaut_transcription(folded_words(text)), 'strasse|street|str', 'str'), 'road', 'rd'), 'avenue', 'ave') }}, ' ', ''), '')
{%- endmacro %}

{#- The words of a text in alphabetical order: given and family name swapped give the same key. -#}
{% macro sorted_words(text) -%}
array_to_string(list_sort(string_split({{ text }}, ' ')), ' ')
{%- endmacro %}

{% macro letters_and_digits(text) -%}
nullif(regexp_replace(lower({{ text }}), '[^\p{L}\p{N}]+', '', 'g'), '')
{%- endmacro %}
