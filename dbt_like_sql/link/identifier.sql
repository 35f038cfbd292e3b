-- Grain: one row per source record, kind and value of an identifier.
-- Rule: what can tie records together: e-mail, phone, address, loyalty number, the CRM's own merges, and the
-- browser (cookie) in which an e-mail was given; e-mail and phone given in one decision about consent belong
-- together.
-- given_name_count says how many different people seem to use the value: a shop's own phone number or
-- test@test.com is used by hundreds and must carry no edge.
with
linkage_record as (select * from {{ ref('linkage_record') }}),

contact_point as (select * from {{ ref('contact_point') }}),

postal_address as (select * from {{ ref('postal_address') }}),

address_key as (select * from {{ ref('address_key') }}),

external_id as (select * from {{ ref('external_id') }}),

web_event as (select * from {{ ref('web_event') }}),

consent_event as (select * from {{ ref('consent_event') }}),

told_together as (
    select
        min(case when contact_kind = 'email' then contact_value end) as email,
        min(case when contact_kind = 'phone' then contact_value end) as phone
    from consent_event
    group by source_system, occurred_at, origin, proof
    having
        count(distinct case when contact_kind = 'email' then contact_value end) = 1
        and count(distinct case when contact_kind = 'phone' then contact_value end) = 1
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
),

identifier_value as (
    select
        source_system,
        record_kind,
        source_record_id,
        contact_kind as identifier_kind,
        contact_value as identifier_value
    from contact_point
    where is_valid
    union all
    select
        postal_address.source_system,
        postal_address.record_kind,
        postal_address.source_record_id,
        'address' as identifier_kind,
        address_key.address_key as identifier_value
    from postal_address
    inner join address_key
        on
            postal_address.street is not distinct from address_key.street
            and postal_address.postcode is not distinct from address_key.postcode
            and postal_address.city is not distinct from address_key.city
    union all
    select
        source_system,
        record_kind,
        source_record_id,
        id_kind as identifier_kind,
        -- A record id means nothing outside the CRM that gave it.
        case when id_kind = 'crm_master' then source_system || ' ' || id_value else id_value end
            as identifier_value
    from external_id
    union all
    select
        contact_point.source_system,
        contact_point.record_kind,
        contact_point.source_record_id,
        'cookie' as identifier_kind,
        cookie_email.source_system || ' ' || cookie_email.cookie_id as identifier_value
    from contact_point
    inner join cookie_email on contact_point.contact_value = cookie_email.email
    where contact_point.contact_kind = 'email' and contact_point.is_valid
    union all
    select
        contact_point.source_system,
        contact_point.record_kind,
        contact_point.source_record_id,
        'consent' as identifier_kind,
        told_contact.identifier_value
    from contact_point
    inner join told_contact on contact_point.contact_value = told_contact.contact_value
    where contact_point.is_valid
    union all
    -- The surviving record of a merge carries its own id as the value at which the merged ones meet it.
    select
        linkage_record.source_system,
        linkage_record.record_kind,
        linkage_record.source_record_id,
        'crm_master' as identifier_kind,
        crm_merge.source_system || ' ' || crm_merge.id_value as identifier_value
    from linkage_record
    inner join crm_merge
        on
            linkage_record.source_system = crm_merge.source_system
            and linkage_record.record_kind = crm_merge.record_kind
            and upper(linkage_record.source_record_id) = crm_merge.id_value
),

distinct_identifier as (
    select distinct
        source_system,
        record_kind,
        source_record_id,
        identifier_kind,
        identifier_value
    from identifier_value
    where identifier_value is not null
),

-- An identifier may name a record that is gone: the CRM drops what it merged away.
known_identifier as (
    select
        distinct_identifier.source_system,
        distinct_identifier.record_kind,
        distinct_identifier.source_record_id,
        distinct_identifier.identifier_kind,
        distinct_identifier.identifier_value,
        linkage_record.first_given_name_key
    from distinct_identifier
    inner join linkage_record
        on
            distinct_identifier.source_system = linkage_record.source_system
            and distinct_identifier.record_kind = linkage_record.record_kind
            and distinct_identifier.source_record_id = linkage_record.source_record_id
),

value_use as (
    select
        identifier_kind,
        identifier_value,
        count(distinct first_given_name_key) as given_name_count
    from known_identifier
    group by identifier_kind, identifier_value
)

select
    known_identifier.source_system,
    known_identifier.record_kind,
    known_identifier.source_record_id,
    known_identifier.identifier_kind,
    known_identifier.identifier_value,
    value_use.given_name_count
from known_identifier
inner join value_use
    on
        known_identifier.identifier_kind = value_use.identifier_kind
        and known_identifier.identifier_value = value_use.identifier_value
