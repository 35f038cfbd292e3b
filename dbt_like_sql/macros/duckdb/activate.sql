{#- Hashing and Unicode for activation files where engines differ: DuckDB's side. Spark's twin has the same names. -#}

{#- One code point per letter where there is one (NFC): é typed as e and an accent must hash like é. -#}
{% macro composed(text) -%}
nfc_normalize({{ text }})
{%- endmacro %}

{#- Lower-case hex over the UTF-8 bytes. -#}
{% macro sha256_hex(text) -%}
sha256({{ text }})
{%- endmacro %}

{% macro byte_length(text) -%}
octet_length(encode({{ text }}))
{%- endmacro %}
