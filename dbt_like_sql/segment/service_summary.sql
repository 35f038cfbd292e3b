-- Trait: what a customer had to complain about.
-- Grain: one row per customer; who never complained has 0 of everything and an unknown last day.
-- Rule: a ticket is a complaint where standardise says so; an e-mail reported as spam is one too. A ticket is
-- closed by its time of closing or by its status: some help desks export one without the other. What is dated
-- after the business date waits for its night.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

customer_service_interaction as (
    select * from {{ ref('customer_service_interaction') }}
),

customer_email_event as (
    select * from {{ ref('customer_email_event') }}
),

night as (
    select * from {{ ref('night') }}
),

concern as (
    select
        customer_id,
        case when is_complaint then 'ticket' else 'question' end as kind,
        cast(opened_at as date) as raised_on,
        case
            when closed_at is not null or status in ('solved', 'closed', 'resolved') then 0
            else 1
        end as open_ticket
    from customer_service_interaction
    union all
    select
        customer_id,
        'spam' as kind,
        cast(occurred_at as date) as raised_on,
        0 as open_ticket
    from customer_email_event
    where event = 'complained'
),

aged as (
    select
        concern.customer_id,
        concern.kind,
        concern.raised_on,
        concern.open_ticket,
        date_diff('day', concern.raised_on, night.business_date) as days
    from concern
    cross join night
    where concern.raised_on <= night.business_date
),

counted as (
    select
        customer_id,
        sum(open_ticket) as open_tickets,
        count(case when kind = 'ticket' and days < 30 then 1 end) as tickets_30_days,
        count(case when kind = 'ticket' and days < 90 then 1 end) as tickets_90_days,
        count(case when kind = 'spam' and days < 30 then 1 end) as spam_30_days,
        count(case when kind = 'spam' and days < 90 then 1 end) as spam_90_days,
        max(case when kind <> 'question' then raised_on end) as last_complaint_on,
        min(case when kind <> 'question' then days end) as days_since_last_complaint
    from aged
    group by customer_id
)

select
    golden_profile.customer_id,
    cast(coalesce(counted.open_tickets, 0) as bigint) as open_tickets,
    coalesce(counted.tickets_30_days, 0) as complaint_tickets_30_days,
    coalesce(counted.tickets_90_days, 0) as complaint_tickets_90_days,
    coalesce(counted.spam_30_days, 0) as spam_complaints_30_days,
    coalesce(counted.spam_90_days, 0) as spam_complaints_90_days,
    counted.last_complaint_on,
    counted.days_since_last_complaint
from golden_profile
left join counted on golden_profile.customer_id = counted.customer_id
