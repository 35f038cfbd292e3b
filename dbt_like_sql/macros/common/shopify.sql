{#- Shopify's order export. -#}

{#- The first row of each order, which alone carries its order-level fields; later rows are line items only. -#}
{% macro order_heads(orders) -%}
select * from {{ orders }}
where total is not null
qualify row_number() over (partition by source_system, name order by file_id, line) = 1
{%- endmacro %}
