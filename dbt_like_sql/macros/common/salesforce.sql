{#- Salesforce's exports of contacts and accounts. -#}

{#- Deleted contacts go, but not those deleted by a merge: see salesforce_contact/customer_record.sql. -#}
{% macro is_kept_contact() -%}
(coalesce(lower(is_deleted), 'false') not in ('true', '1') or master_record_id is not null)
{%- endmacro %}

{#- Companies are accounts too, and most of them. Without the column there are no person accounts. -#}
{% macro is_person_account() -%}
lower(is_person_account) in ('true', '1')
{%- endmacro %}

{#- The refusals behind the two opt-out boxes of `rows`, for the contact points in the columns named. The boxes
    carry no time; the record's last change is the latest at which one can have been ticked, else the delivery. An
    empty box is no consent. -#}
{% macro refusals_of_boxes(rows, emails, phones, last_change) -%}
{% for column in emails + phones %}
{% set kind, box = ('email', 'has_opted_out_of_email') if column in emails else ('phone', 'do_not_call') -%}
{{ 'union all' if not loop.first }}
select
    source_system,
    '{{ kind }}' as contact_kind,
    {{ column }} as delivered_value,
    'marketing' as purpose,
    '{{ kind }}' as channel,
    'withdrawn' as status,
    coalesce({{ last_change }}, cast(delivered_on as varchar) || 'T00:00:00Z') as occurred_at,
    'CRM opt-out box' as origin,
    cast(null as varchar) as proof,
    file_id,
    line
from {{ rows }}
where lower({{ box }}) in ('true', '1') and {{ column }} is not null
{% endfor %}
{%- endmacro %}
