-- Grain: one row per request or complaint, in its newest state.
-- Rule: a complaint is one by its category (complaint_category lists them) or by a satisfaction of 1 or 2. A
-- satisfaction off the scale of 1 to 5 is left out. Words of the help desk in lower case, so that they meet.
with
delivered as ({{ parts('service_interaction') }}),

source_system as (select * from {{ ref('source_system') }}),

phone_number as (select * from {{ ref('phone_number') }}),

complaint_category as (select * from {{ ref('complaint_category') }}),

tidy_ticket as (
    select
        delivered.source_system,
        delivered.interaction_id,
        {{ tidy('lower(delivered.channel)') }} as channel,
        {{ bare_email(tidy('delivered.requester_email')) }} as email,
        {{ tidy('delivered.requester_phone') }} as delivered_phone,
        coalesce(source_system.country, 'ZZ') as country,
        {{ tidy('delivered.requester_name') }} as requester_name,
        delivered.purchase_id,
        {{ tidy('lower(delivered.category)') }} as category,
        {{ lookup_key('delivered.category') }} as category_key,
        {{ tidy('lower(delivered.priority)') }} as priority,
        {{ tidy('lower(delivered.status)') }} as status,
        case
            when regexp_matches(delivered.satisfaction, '^[1-5]$')
                then cast(delivered.satisfaction as bigint)
        end as satisfaction,
        {{ utc_from_text('delivered.opened_at', "coalesce(source_system.zone, 'UTC')") }} as opened_at,
        {{ utc_from_text('delivered.closed_at', "coalesce(source_system.zone, 'UTC')") }} as closed_at
    from delivered
    left join source_system on delivered.source_system = source_system.source_system
)

select
    tidy_ticket.source_system,
    tidy_ticket.interaction_id,
    tidy_ticket.channel,
    case when {{ is_email('tidy_ticket.email') }} then tidy_ticket.email end as email,
    phone_number.e164 as phone,
    tidy_ticket.requester_name,
    tidy_ticket.purchase_id,
    tidy_ticket.category,
    tidy_ticket.priority,
    tidy_ticket.status,
    tidy_ticket.satisfaction,
    complaint_category.category is not null or coalesce(tidy_ticket.satisfaction <= 2, false)
        as is_complaint,
    tidy_ticket.opened_at,
    tidy_ticket.closed_at
from tidy_ticket
left join phone_number
    on
        tidy_ticket.delivered_phone = phone_number.delivered_value
        and tidy_ticket.country = phone_number.country
left join complaint_category on tidy_ticket.category_key = complaint_category.category
