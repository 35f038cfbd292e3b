{#- Shopify's exports. -#}

{#- The first row of each order, which alone carries its order-level fields; later rows are line items only. -#}
{% macro order_heads(orders) -%}
select * from {{ orders }}
where total is not null
qualify row_number() over (partition by source_system, name order by file_id, line) = 1
{%- endmacro %}

{#- Customers of the older export, told by e-mail address, else by phone number. -#}
{% macro older_shopify_id(email, phone) -%}
{{ opaque_id("coalesce(" ~ bare_email(email) ~ ", " ~ replace_pattern(phone, '[^0-9+]', '') ~ ")") }}
{%- endmacro %}

{% macro older_shopify_customers(customers) -%}
{{ newest_per_record(customers, older_shopify_id('email', 'phone')) }}
{%- endmacro %}

{#- Delivered text without the guard that spreadsheets put before ids and numbers. -#}
{% macro unguarded(text) -%}
{{ replace_pattern(tidy(text), "^''+", '') }}
{%- endmacro %}

{#- The decisions behind a customer export's two boxes, which hold an answer without a time.
    Reads the columns record_id, email, sms_phone, accepts_email_marketing, accepts_sms_marketing and delivered_on
    of `customer`, today's row of each, and of `delivered`, every row that was ever delivered.

    `yes` is a grant whose time the export does not keep: it counts only while no dated decision about the
    address exists. `no` may be a refusal or a box that nobody ever saw. After a `yes` in an earlier delivery it
    is a denial; else it is `cleared`, which consent_event takes for one only after a dated grant in the same
    shop (a checkout). It counts from the end of the day on which the present row of `no` was first delivered,
    the latest at which it can have been said: dated by each night's export, it would undo every later opt-in
    made elsewhere. -#}
{% macro decisions_of_boxes(customer, delivered) -%}
{% set channels = [
    ('email', 'email', 'email', 'accepts_email_marketing', 'Accepts Email Marketing'),
    ('sms', 'phone', 'sms_phone', 'accepts_sms_marketing', 'Accepts SMS Marketing'),
] -%}
with answer as (
    {% for channel, kind, address, box, header in channels %}
    {{ 'union all' if not loop.first }}
    select
        source_system,
        record_id,
        '{{ channel }}' as channel,
        {{ unguarded(box) }} as said,
        delivered_on
    from {{ delivered }}
    {% endfor %}
),

last_yes as (
    select
        source_system,
        record_id,
        channel,
        max(delivered_on) as delivered_on
    from answer
    where said = 'yes'
    group by source_system, record_id, channel
),

first_no as (
    select
        answer.source_system,
        answer.record_id,
        answer.channel,
        max(case when last_yes.delivered_on is not null then 1 else 0 end) as yes_flag,
        min(answer.delivered_on) as delivered_on
    from answer
    left join last_yes
        on
            answer.source_system = last_yes.source_system
            and answer.record_id = last_yes.record_id
            and answer.channel = last_yes.channel
    where answer.said = 'no' and coalesce(answer.delivered_on >= last_yes.delivered_on, true)
    group by answer.source_system, answer.record_id, answer.channel
)
{% for channel, kind, address, box, header in channels %}
{{ 'union all' if not loop.first }}
select
    customer.source_system,
    '{{ kind }}' as contact_kind,
    customer.{{ address }} as delivered_value,
    'marketing' as purpose,
    '{{ channel }}' as channel,
    case
        when customer.{{ box }} = 'yes' then 'granted'
        when first_no.yes_flag = 1 then 'denied'
        else 'cleared'
    end as status,
    case
        when customer.{{ box }} = 'yes' then {{ undated() }}
        else cast(coalesce(first_no.delivered_on, customer.delivered_on) as varchar) || 'T23:59:59Z'
    end as occurred_at,
    'shop account' as origin,
    '{{ header }}: ' || customer.{{ box }} as proof,
    customer.file_id,
    customer.line
from {{ customer }} as customer
left join first_no
    on
        customer.source_system = first_no.source_system
        and customer.record_id = first_no.record_id
        and first_no.channel = '{{ channel }}'
where customer.{{ box }} in ('yes', 'no') and customer.{{ address }} is not null
{% endfor %}
{%- endmacro %}
