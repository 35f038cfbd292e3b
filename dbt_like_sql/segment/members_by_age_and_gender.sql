-- Who the members of each segment are, by country, age and gender.
-- Grain: one row per segment, country, decade of birth and gender.
with segment_member as (
    select * from {{ ref('segment_member') }}
),

golden_profile as (
    select * from {{ ref('golden_profile') }}
),

described as (
    select
        segment_member.segment,
        coalesce(golden_profile.country, 'unknown') as country,
        coalesce(left(cast(golden_profile.birth_date as varchar), 3) || '0s', 'unknown') as birth_decade,
        coalesce(golden_profile.gender, 'unknown') as gender
    from segment_member
    inner join golden_profile on segment_member.customer_id = golden_profile.customer_id
    where segment_member.left_on is null
)

select
    segment,
    country,
    birth_decade,
    gender,
    count(*) as member_count
from described
group by segment, country, birth_decade, gender
