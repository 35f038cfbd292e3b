-- Contact points that must not be used, whatever was consented to.
-- Grain: one row per contact point and channel.
-- Rule: an entry of a suppression list means its contact point in every spelling that some platform takes
-- for the same, or whose hash it is. One for any channel means the person: all other contact points of the
-- customers who have it are suppressed too. Hashes are also looked for in the text of records in quarantine,
-- as addresses are for undecided_contact.
with suppression as (
    select * from {{ ref('suppression') }}
),

quarantine as (
    select * from {{ ref('quarantine') }}
),

consent_layout as (
    select * from {{ ref('consent_layout') }}
),

contact_form as (
    select * from {{ ref('contact_form') }}
),

customer_contact as (
    select * from {{ ref('customer_contact') }}
),

named_form as (
    select
        suppression.channel,
        suppression.added_on,
        suppression.source_system,
        contact_form.contact_kind,
        contact_form.normal_value
    from suppression
    inner join contact_form
        on suppression.contact_kind = contact_form.contact_kind
            and suppression.contact_value = contact_form.contact_value
),

hashed as (
    select
        channel,
        added_on,
        source_system,
        contact_value as value_hash
    from suppression
    where contact_kind = 'sha256'
    union all
    select
        'any' as channel,
        cast(null as date) as added_on,
        quarantine.source_system,
        {{ each_match('lower(quarantine.raw_record)', '[0-9a-f]{64}') }} as value_hash
    from quarantine
    inner join consent_layout on quarantine.layout = consent_layout.layout
),

listed as (
    select
        contact_form.contact_kind,
        contact_form.contact_value,
        named_form.channel,
        named_form.added_on,
        named_form.source_system
    from named_form
    inner join contact_form
        on named_form.contact_kind = contact_form.contact_kind
            and named_form.normal_value = contact_form.normal_value
    union all
    select
        contact_form.contact_kind,
        contact_form.contact_value,
        hashed.channel,
        hashed.added_on,
        hashed.source_system
    from hashed
    inner join contact_form on hashed.value_hash = {{ sha256_hex('contact_form.normal_value') }}
),

suppressed_customer as (
    select
        customer_contact.customer_id,
        listed.added_on,
        listed.source_system
    from customer_contact
    inner join listed
        on customer_contact.contact_kind = listed.contact_kind
            and customer_contact.contact_value = listed.contact_value
    where listed.channel = 'any'
),

suppressed as (
    select
        contact_kind,
        contact_value,
        channel,
        added_on,
        source_system,
        0 as is_by_person
    from listed
    union all
    select
        customer_contact.contact_kind,
        customer_contact.contact_value,
        'any' as channel,
        suppressed_customer.added_on,
        suppressed_customer.source_system,
        1 as is_by_person
    from suppressed_customer
    inner join customer_contact on suppressed_customer.customer_id = customer_contact.customer_id
)

select
    contact_kind,
    contact_value,
    channel,
    added_on,
    source_system,
    is_by_person = 0 as is_listed
from suppressed
qualify
    row_number() over (
        partition by contact_kind, contact_value, channel
        order by is_by_person, added_on nulls last, source_system
    ) = 1
