-- Grain: one row per source record, kind and value of an identifier.
-- Rule: what can tie records together: e-mail, phone, address, loyalty number, the CRM's own merges, and what
-- a record has by way of other rows. An identifier may name a record that is gone: the CRM drops what it
-- merged away.
with
linkage_record as (select * from {{ ref('linkage_record') }}),

contact_point as (select * from {{ ref('contact_point') }}),

postal_address as (select * from {{ ref('postal_address') }}),

address_key as (select * from {{ ref('address_key') }}),

external_id as (select * from {{ ref('external_id') }}),

indirect_identifier as (select * from {{ ref('indirect_identifier') }}),

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
        source_system,
        record_kind,
        source_record_id,
        identifier_kind,
        identifier_value
    from indirect_identifier
)

select distinct
    identifier_value.source_system,
    identifier_value.record_kind,
    identifier_value.source_record_id,
    identifier_value.identifier_kind,
    identifier_value.identifier_value
from identifier_value
inner join linkage_record
    on
        identifier_value.source_system = linkage_record.source_system
        and identifier_value.record_kind = linkage_record.record_kind
        and identifier_value.source_record_id = linkage_record.source_record_id
where identifier_value.identifier_value is not null
