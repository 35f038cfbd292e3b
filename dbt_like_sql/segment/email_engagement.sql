-- Trait: how a customer deals with campaign e-mails.
-- Grain: one row per customer; who gets no e-mails has 0 of everything and an unknown last day.
-- Rule: a campaign of a source counts once, however often it is opened. Events without a campaign's id belong
-- together by its name, else by their day: all of them as one would hide who reads, each alone would make one
-- reader many. An event dated after the business date waits for its night.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
),

customer_email_event as (
    select * from {{ ref('customer_email_event') }}
),

night as (
    select * from {{ ref('night') }}
),

aged as (
    select
        customer_email_event.customer_id,
        customer_email_event.source_system,
        coalesce(
            'id ' || customer_email_event.campaign_id,
            'name ' || customer_email_event.campaign_name,
            'day ' || cast(cast(customer_email_event.occurred_at as date) as varchar)
        ) as campaign,
        customer_email_event.event,
        cast(customer_email_event.occurred_at as date) as occurred_on,
        date_diff('day', cast(customer_email_event.occurred_at as date), night.business_date) as days
    from customer_email_event
    cross join night
    where
        customer_email_event.event in ('delivered', 'opened', 'clicked')
        and cast(customer_email_event.occurred_at as date) <= night.business_date
),

-- The fewest days are the last time.
by_campaign as (
    select
        customer_id,
        source_system,
        campaign,
        min(days) as days_since_delivered,
        min(case when event <> 'delivered' then days end) as days_since_opened,
        min(case when event = 'clicked' then days end) as days_since_clicked,
        max(case when event <> 'delivered' then occurred_on end) as last_opened_on
    from aged
    group by customer_id, source_system, campaign
),

counted as (
    select
        customer_id,
        count(case when days_since_delivered < 90 then 1 end) as delivered_90_days,
        count(case when days_since_opened < 90 then 1 end) as opened_90_days,
        count(case when days_since_clicked < 90 then 1 end) as clicked_90_days,
        count(case when days_since_delivered < 180 then 1 end) as delivered_180_days,
        count(case when days_since_opened < 180 then 1 end) as opened_180_days,
        count(case when days_since_clicked < 180 then 1 end) as clicked_180_days,
        max(last_opened_on) as last_opened_on,
        min(days_since_opened) as days_since_opened
    from by_campaign
    group by customer_id
)

select
    golden_profile.customer_id,
    coalesce(counted.delivered_90_days, 0) as emails_delivered_90_days,
    coalesce(counted.opened_90_days, 0) as emails_opened_90_days,
    coalesce(counted.clicked_90_days, 0) as emails_clicked_90_days,
    coalesce(counted.delivered_180_days, 0) as emails_delivered_180_days,
    coalesce(counted.opened_180_days, 0) as emails_opened_180_days,
    coalesce(counted.clicked_180_days, 0) as emails_clicked_180_days,
    counted.last_opened_on as last_email_opened_on,
    counted.days_since_opened as days_since_last_email_opened
from golden_profile
left join counted on golden_profile.customer_id = counted.customer_id
