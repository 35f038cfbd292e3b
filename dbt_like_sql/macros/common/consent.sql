{#- Consent. -#}

{#- The time of a grant that a source keeps without one. It is the oldest possible, so that any dated
    decision outranks it: dated with the delivery, each night's export would undo a withdrawal made
    elsewhere. -#}
{% macro undated() -%}
'1970-01-01T00:00:00Z'
{%- endmacro %}
