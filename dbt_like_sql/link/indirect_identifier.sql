-- Grain: one row per source record, kind and value.
-- Rule: what a record has by way of other rows: the browser (cookie) in which its e-mail was given; e-mail
-- and phone given in one decision about consent, where the decision has a proof; and, for the surviving
-- record of a merge in the CRM, its own id as the value at which the merged ones meet it.
with
customer_record as (select * from {{ ref('customer_record') }}),

contact_point as (select * from {{ ref('contact_point') }}),

external_id as (select * from {{ ref('external_id') }}),

web_event as (select * from {{ ref('web_event') }}),

consent_event as (select * from {{ ref('consent_event') }}),

decision as (
    select
        min(case when contact_kind = 'email' then contact_value end) as email,
        max(case when contact_kind = 'email' then contact_value end) as other_email,
        min(case when contact_kind = 'phone' then contact_value end) as phone,
        max(case when contact_kind = 'phone' then contact_value end) as other_phone
    from consent_event
    where proof is not null
    group by source_system, occurred_at, origin, proof
),

told_together as (
    select
        email,
        phone
    from decision
    where email = other_email and phone = other_phone
),

-- Two rows instead of a join on either: that would compare every contact with every pair.
told_contact as (
    select
        email as contact_value,
        email || ' ' || phone as identifier_value
    from told_together
    union
    select
        phone as contact_value,
        email || ' ' || phone as identifier_value
    from told_together
),

cookie_email as (
    select distinct
        source_system,
        cookie_id,
        email
    from web_event
    where email is not null
),

crm_merge as (
    select distinct
        source_system,
        record_kind,
        id_value
    from external_id
    where id_kind = 'crm_master'
)

select distinct
    contact_point.source_system,
    contact_point.record_kind,
    contact_point.source_record_id,
    'cookie' as identifier_kind,
    cookie_email.source_system || ' ' || cookie_email.cookie_id as identifier_value
from contact_point
inner join cookie_email on contact_point.contact_value = cookie_email.email
where contact_point.contact_kind = 'email' and contact_point.is_valid
union all
select distinct
    contact_point.source_system,
    contact_point.record_kind,
    contact_point.source_record_id,
    'consent' as identifier_kind,
    told_contact.identifier_value
from contact_point
inner join told_contact on contact_point.contact_value = told_contact.contact_value
where contact_point.is_valid
union all
select
    customer_record.source_system,
    customer_record.record_kind,
    customer_record.source_record_id,
    'crm_master' as identifier_kind,
    crm_merge.source_system || ' ' || crm_merge.id_value as identifier_value
from customer_record
inner join crm_merge
    on
        customer_record.source_system = crm_merge.source_system
        and customer_record.record_kind = crm_merge.record_kind
        and upper(customer_record.source_record_id) = crm_merge.id_value
