{#- Salesforce's contact export. -#}

{#- Deleted contacts go, but not those deleted by a merge: see salesforce_contact/customer_record.sql. -#}
{% macro is_kept_contact() -%}
(coalesce(lower(is_deleted), 'false') not in ('true', '1') or master_record_id is not null)
{%- endmacro %}

{#- Companies are accounts too, and most of them. Without the column there are no person accounts. -#}
{% macro is_person_account() -%}
lower(is_person_account) in ('true', '1')
{%- endmacro %}
