{#- Web addresses, which carry more of people than they show: e-mails, numbers and tokens in query and path. -#}

{#- The page alone, without query, fragment and path parameters (;jsessionid=…). A part of the path is masked
    after a word that says whose page it is (/orders/1001, also in /account/orders/1001), and wherever it
    holds an e-mail address or a token. -#}
{% macro page_of(url) -%}
nullif({{ replace_pattern(without_owner(bare_page(url)), '[^/]*(' ~ at_sign() ~ '|' ~ token() ~ ')[^/]*', '_') }}, '')
{%- endmacro %}

{% macro bare_page(url) -%}
regexp_extract({{ url }}, '^([^?#;]*)', 1)
{%- endmacro %}

{% macro without_owner(page) -%}
{{ replace_pattern(page, '(?i)((?:^|/)(?:(?:orders?|accounts?|customers?|users?|invoices?|reset|unsubscribe|confirm|bestellung(?:en)?|konto|kunden?|rechnung(?:en)?|abmelden)/)+)[^/]+', '$1_') }}
{%- endmacro %}

{#- @ as such, and written for a web address once or several times over: %40, %2540. -#}
{% macro at_sign() -%}
@|%(?:25)*40
{%- endmacro %}

{#- A pattern for 16 hex characters, a UUID, or 16 letters and digits of which one is a digit: no word of a
    product's name is like that, for - parts its words. Each line has the first digit at another place. -#}
{% macro token() -%}
[0-9A-Fa-f]{16}|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-
{%- for letters in range(16) -%}
|[A-Za-z]{{ '{' }}{{ letters }}{{ '}' }}[0-9][0-9A-Za-z]{{ '{' }}{{ 15 - letters }}{{ '}' }}
{%- endfor -%}
{%- endmacro %}

{#- Text of a field that is not meant for addresses: one that holds an @ is taken for one and left out. -#}
{% macro without_address(text) -%}
case when not regexp_matches({{ text }}, '{{ at_sign() }}') then {{ text }} end
{%- endmacro %}
