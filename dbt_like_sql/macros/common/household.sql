{#- Family names as a household bears them. -#}

{#- Kowalska is Kowalski's wife, Nováková Novák's, Ivanova Ivanov's: one form for both. -#}
{% macro family_of(word) -%}
{{ replace_pattern(replace_pattern(word, '^(.{2,}[scz]k)[ai]$', '$1i'), '^(.{3,})[oe]va?$', '$1') }}
{%- endmacro %}

{#- Words that many family names have and that make nobody a relative. -#}
{% macro is_name_particle(word) -%}
({{ word }} in ('von', 'vom', 'van', 'zu', 'zum', 'zur', 'und', 'de', 'del', 'della', 'da', 'das', 'do', 'dos', 'di', 'du', 'des', 'der', 'den', 'ter', 'ten', 'la', 'las', 'le', 'les', 'los', 'el', 'al', 'ben', 'bin', 'ibn', 'abu', 'mac', 'mc', 'st', 'san', 'y', 'e') or length({{ word }}) = 1)
{%- endmacro %}
