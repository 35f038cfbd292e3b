-- Grain: one row per source that lists people born before 1900.
-- Rule: different dates are counted: a placeholder such as 1899-12-30 is one, however often it stands.
with
delivered_record as (select * from {{ ref('delivered_record') }}),

delivered_date as (
    select distinct
        source_system,
        birth_date
    from delivered_record
),

birth_date as (
    select distinct
        source_system,
        {{ date_from_text('birth_date') }} as birth_date
    from delivered_date
)

select source_system
from birth_date
where birth_date is not null
group by source_system
having
    count(*) filter (where birth_date < date '1900-01-02') >= 20
    and count(*) filter (where birth_date < date '1900-01-02') * 20 > count(*)
