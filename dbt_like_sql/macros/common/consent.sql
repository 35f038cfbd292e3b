{#- Consent. -#}

{#- The time of a grant that a source keeps without one. It is the oldest possible, so that any dated
    decision outranks it: dated with the delivery, each night's export would undo a withdrawal made
    elsewhere. -#}
{% macro undated() -%}
'1970-01-01T00:00:00Z'
{%- endmacro %}

{#- The first of several times, written in UTC without saying so, that can be read at all; else null. -#}
{% macro first_readable_utc(texts) -%}
{{ 'coalesce(' }}{% for text in texts %}{{ ', ' if not loop.first }}cast(try_cast({{ text }} as timestamp) as varchar){% endfor %}) || 'Z'
{%- endmacro %}

{#- 0171 and 171: zeros in front belong to the way of dialling, not to the number. -#}
{% macro without_leading_zeros(digits) -%}
{{ replace_pattern(digits, '^0+', '') }}
{%- endmacro %}

{#- E-mail addresses within a longer text in lower case, read in two ways: with all signs that may stand
    before the @, and with the common ones only, since 'anna@x.de and mail=anna@x.de hold a sign too many. -#}
{% macro email_pattern(signs) -%}
{{ '[a-z0-9!#$%&\'\'*+/=?^_`{|}~.-]+' if signs == 'all' else '[a-z0-9][a-z0-9_.+-]*' }}@([\p{L}\p{N}-]+[.])+\p{L}[\p{L}\p{N}-]*[\p{L}\p{N}]
{%- endmacro %}

{#- Runs of seven digits and more, as numbers are dialled; without blanks too, since a number may stand
    beside another. -#}
{% macro dialled_pattern(signs) -%}
[0-9][0-9{{ ' ' if signs == 'all' }}()/.-]{5,}[0-9]
{%- endmacro %}
