{#- E-mail addresses. Phones are the business of cdp_pipeline.standardise.phone_number. -#}

{#- What stands in the field without what people and programs put around an address. -#}
{% macro bare_email(text) -%}
{{ replace_pattern(replace_pattern('lower(trim(' ~ text ~ '))', '^.*<([^<>]*)>$', '$1'), '^mailto: *', '') }}
{%- endmacro %}

{#- Stricter than RFC 5322: no quoted local parts, no address literals, ASCII before the @. No mailbox of a
    customer looks like that, but a typing error does. No counted repetition ({0,61}) of a Unicode class: RE2
    takes seconds to compile it. -#}
{% macro is_email(text) -%}
(
    regexp_matches({{ text }}, '^[a-z0-9!#$%&''*+/=?^_`{|}~-]+([.][a-z0-9!#$%&''*+/=?^_`{|}~-]+)*@([\p{L}\p{N}]+(-+[\p{L}\p{N}]+)*[.])+\p{L}[\p{L}\p{N}-]*[\p{L}\p{N}]$')
    and length({{ text }}) <= 254
    and length(split_part({{ text }}, '@', 1)) <= 64
)
{%- endmacro %}

{#- The addresses in the column email of a table of events: as delivered, and as they are to be read. -#}
{% macro valid_addresses(events) -%}
select
    delivered_email,
    email
from (
    select
        delivered_email,
        {{ bare_email(tidy('delivered_email')) }} as email
    from (
        select distinct email as delivered_email
        from {{ events }}
        where email is not null
    ) as delivered_address
) as address
where {{ is_email('email') }}
{%- endmacro %}
