{#- Records that their source gives no id. -#}

{#- An id for a record that its source tells by an address or a user name: the same in every delivery, and
    nothing that could be read where only ids may stand. -#}
{% macro opaque_id(text) -%}
left({{ sha256_hex(text) }}, 32)
{%- endmacro %}

{#- Shopify's older customers, told by e-mail address, else by phone number. -#}
{% macro older_shopify_id(email, phone) -%}
{{ opaque_id("coalesce(" ~ bare_email(email) ~ ", " ~ replace_pattern(phone, '[^0-9+]', '') ~ ")") }}
{%- endmacro %}

{#- Of rows about one record under several keys (a new phone number, a new address of an account) the one
    delivered last. A snapshot has no others. -#}
{% macro newest_per_record(rows, version='') -%}
select * from {{ rows }}
qualify
    row_number() over (
        partition by source_system, record_id
        order by {{ version ~ ' desc nulls last, ' if version }}delivered_on desc, file_id, line desc
    ) = 1
{%- endmacro %}
