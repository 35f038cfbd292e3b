-- Grain: one row per first given name and root.
-- Rule: a name's roots are itself and every formal name that it is known to stand for; two names that
-- share a root can be one person's (Sepp and Josef). A name that the seed knows is no misspelling of another.
with
linkage_record as (select * from {{ ref('linkage_record') }}),

given_name_variant as (select * from {{ ref('given_name_variant') }}),

known_variant as (
    select distinct
        {{ folded_name('given_name') }} as given_name_key,
        {{ folded_name('formal_name') }} as root_key
    from given_name_variant
),

known_name as (
    select given_name_key from known_variant
    union
    select root_key as given_name_key from known_variant
),

used_name as (
    select
        first_given_name_key as given_name_key,
        count(distinct family_name_key) as family_name_count
    from linkage_record
    where first_given_name_key is not null
    group by first_given_name_key
),

name_root as (
    select
        given_name_key,
        given_name_key as root_key
    from used_name
    union
    select
        used_name.given_name_key,
        known_variant.root_key
    from used_name
    inner join known_variant on used_name.given_name_key = known_variant.given_name_key
)

select
    name_root.given_name_key,
    name_root.root_key,
    known_name.given_name_key is not null as is_known_name,
    used_name.family_name_count
from name_root
inner join used_name on name_root.given_name_key = used_name.given_name_key
left join known_name on name_root.given_name_key = known_name.given_name_key
