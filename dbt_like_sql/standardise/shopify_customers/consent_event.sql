-- Grain: one row per customer, channel and answer.
-- Rule: `yes` is a grant whose time the export does not keep: it counts only while no dated decision about
-- the address exists. `no` may be a refusal or a box that nobody ever saw. After a `yes` in an earlier
-- delivery it is a denial; else it is `cleared`, which consent_event takes for one only after a dated grant
-- in the same shop (a checkout). It counts from the end of the day on which the present row of `no` was first
-- delivered, the latest at which it can have been said: dated by each night's export, it would undo every
-- later opt-in made elsewhere.
with
customer as (select * from {{ source('shopify_customers') }}),

raw_customer as (select * from {{ ref('raw_shopify_customers') }}),

file as (select * from {{ ref('file') }}),

{% set channels = [
    ('email', 'email', 'email', 'accepts_email_marketing', 'Accepts Email Marketing'),
    ('sms', 'phone', 'coalesce(phone, address_phone)', 'accepts_sms_marketing', 'Accepts SMS Marketing'),
] %}
answer as (
    {% for channel, kind, address, box, header in channels %}
    {{ 'union all' if not loop.first }}
    select
        raw_customer.source_system,
        {{ replace_pattern(tidy('raw_customer.customer_id'), "^''+", '') }} as customer_id,
        '{{ channel }}' as channel,
        {{ replace_pattern(tidy('raw_customer.' ~ box), "^''+", '') }} as said,
        file.first_seen_on as delivered_on
    from raw_customer
    inner join file on raw_customer.file_id = file.file_id
    {% endfor %}
),

last_yes as (
    select
        source_system,
        customer_id,
        channel,
        max(delivered_on) as delivered_on
    from answer
    where said = 'yes'
    group by source_system, customer_id, channel
),

first_no as (
    select
        answer.source_system,
        answer.customer_id,
        answer.channel,
        max(case when last_yes.delivered_on is not null then 1 else 0 end) as yes_flag,
        min(answer.delivered_on) as delivered_on
    from answer
    left join last_yes
        on
            answer.source_system = last_yes.source_system
            and answer.customer_id = last_yes.customer_id
            and answer.channel = last_yes.channel
    where answer.said = 'no' and coalesce(answer.delivered_on >= last_yes.delivered_on, true)
    group by answer.source_system, answer.customer_id, answer.channel
)
{% for channel, kind, address, box, header in channels %}
{{ 'union all' if not loop.first }}
select
    customer.source_system,
    '{{ kind }}' as contact_kind,
    {{ address }} as delivered_value,
    'marketing' as purpose,
    '{{ channel }}' as channel,
    case
        when {{ box }} = 'yes' then 'granted'
        when first_no.yes_flag = 1 then 'denied'
        else 'cleared'
    end as status,
    case
        when {{ box }} = 'yes' then {{ undated() }}
        else cast(coalesce(first_no.delivered_on, customer.delivered_on) as varchar) || 'T23:59:59Z'
    end as occurred_at,
    'shop account' as origin,
    '{{ header }}: ' || {{ box }} as proof
from customer
left join first_no
    on
        customer.source_system = first_no.source_system
        and customer.customer_id = first_no.customer_id
        and first_no.channel = '{{ channel }}'
where {{ box }} in ('yes', 'no') and {{ address }} is not null
{% endfor %}
