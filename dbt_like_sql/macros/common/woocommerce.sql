{#- WooCommerce's exports. -#}

{#- Customers: accounts by their user name, which never changes, guests by their e-mail address. -#}
{% macro woocommerce_customers(customers) -%}
{% set told_by = "coalesce('account ' || lower(username), 'guest ' || " ~ bare_email('email') ~ ")" -%}
{{ newest_per_record(customers, opaque_id(told_by), 'last_active') }}
{%- endmacro %}

{#- WooCommerce puts the country before the code of some regions: DE-NW, but also CA. -#}
{% macro woocommerce_region(region) -%}
{{ replace_pattern(region, '^[A-Z][A-Z]-', '') }}
{%- endmacro %}

{#- What an article's text says of it: name:Mug|sku:MUG-1|quantity:2|total:25.04|meta:. A name may hold a | of
    its own, so it ends where the next known field begins. -#}
{% macro article_name(article) -%}
regexp_extract({{ article }}, '(?:^|[|])name:(.*?)[|](?:product_id|variation_id|sku|quantity):', 1)
{%- endmacro %}

{% macro article_field(article, field) -%}
nullif(regexp_extract({{ article }}, '[|]{{ field }}:([^|]*)', 1), '')
{%- endmacro %}
