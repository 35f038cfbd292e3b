-- How large each file is, and whether its platform will take it.
-- Grain: one row per activation; one that nobody may be sent for has 0 people.
with activation as (
    select * from {{ ref('activation') }}
),

activation_row as (
    select * from {{ ref('activation_row') }}
),

audience_exclusion as (
    select * from {{ ref('audience_exclusion') }}
),

sent as (
    select
        activation,
        count(distinct customer_id) as people
    from activation_row
    group by activation
),

left_out as (
    select
        activation,
        count(*) as people
    from audience_exclusion
    group by activation
)

select
    activation.activation,
    activation.segment,
    activation.destination,
    activation.purpose,
    coalesce(sent.people, 0) as people,
    coalesce(left_out.people, 0) as left_out,
    activation.minimum_people,
    coalesce(coalesce(sent.people, 0) < activation.minimum_people, false) as is_below_minimum
from activation
left join sent on activation.activation = sent.activation
left join left_out on activation.activation = left_out.activation
