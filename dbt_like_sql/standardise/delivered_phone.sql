-- Grain: one row per distinct delivered number and country.
-- Rule: the country of the record's address, else the source's own. ZZ is CLDR's code for unknown.
with
delivered_contact as ({{ parts('contact_point') }}),

delivered_consent as ({{ parts('consent_event') }}),

delivered_interaction as ({{ parts('service_interaction') }}),

delivered_suppression as ({{ parts('suppression') }}),

source_system as (select * from {{ ref('source_system') }}),

country_name as (select * from {{ ref('country_name') }}),

delivered as (
    select
        source_system,
        {{ tidy('delivered_value') }} as delivered_value,
        country
    from delivered_contact
    where contact_kind = 'phone'
    union all
    select
        source_system,
        {{ tidy('delivered_value') }} as delivered_value,
        cast(null as varchar) as country
    from delivered_consent
    where contact_kind = 'phone'
    union all
    select
        source_system,
        {{ tidy('requester_phone') }} as delivered_value,
        cast(null as varchar) as country
    from delivered_interaction
    union all
    select
        source_system,
        {{ tidy('delivered_value') }} as delivered_value,
        cast(null as varchar) as country
    from delivered_suppression
    where contact_kind = 'phone'
)

select distinct
    delivered.delivered_value,
    coalesce(country_name.country, source_system.country, 'ZZ') as country
from delivered
left join source_system on delivered.source_system = source_system.source_system
left join country_name on {{ lookup_key('delivered.country') }} = country_name.name
where delivered.delivered_value is not null
