{#- Hashing and Unicode for activation files where engines differ: Spark's side. DuckDB's twin has the same names. -#}

{#- Spark has no NFC function. Values arrive composed from standardise; a decomposed one would hash differently. -#}
{% macro composed(text) -%}
{{ text }}
{%- endmacro %}

{#- Lower-case hex over the UTF-8 bytes. -#}
{% macro sha256_hex(text) -%}
sha2({{ text }}, 256)
{%- endmacro %}

{% macro byte_length(text) -%}
octet_length({{ text }})
{%- endmacro %}
