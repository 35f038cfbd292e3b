{#- Web addresses, which carry more of people than they show: e-mails and tokens in query and path. -#}

{#- The page alone, without query, fragment and path parameters (;jsessionid=…). A part of the path that holds
    an e-mail address, also with %40 for @, is masked. -#}
{% macro page_of(url) -%}
nullif(case when {{ bare_page(url) }} like '%@%' then {{ replace_pattern(bare_page(url), '[^/]*@[^/]*', '_') }} else {{ bare_page(url) }} end, '')
{%- endmacro %}

{% macro bare_page(url) -%}
replace(regexp_extract({{ url }}, '^([^?#;]*)', 1), '%40', '@')
{%- endmacro %}

{#- Text of a field that is not meant for addresses: one that holds an @ is taken for one and left out. -#}
{% macro without_address(text) -%}
case when replace({{ text }}, '%40', '@') not like '%@%' then {{ text }} end
{%- endmacro %}
