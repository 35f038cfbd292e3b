-- Records in quarantine that may have held a refusal, with how many people's contact points they name.
-- Grain: one row per quarantined record of a layout that carries consent.
-- Rule: a record that names nobody stops no message; its expectation makes it seen.
with quarantine as (
    select * from {{ ref('quarantine') }}
),

consent_layout as (
    select * from {{ ref('consent_layout') }}
),

undecided_contact as (
    select * from {{ ref('undecided_contact') }}
),

found as (
    select
        file_id,
        line,
        count(*) as contact_count
    from undecided_contact
    group by file_id, line
)

select
    quarantine.file_id,
    quarantine.line,
    quarantine.source_system,
    quarantine.layout,
    coalesce(found.contact_count, 0) as contact_count
from quarantine
inner join consent_layout on quarantine.layout = consent_layout.layout
left join found
    on quarantine.file_id = found.file_id
        and quarantine.line = found.line
