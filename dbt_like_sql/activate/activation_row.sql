-- What is sent about whom, and the consent that each contact point relies on. The files come from here.
-- Grain: one row per activation, customer, kind of contact point and occurrence.
-- Rule: a customer is sent when at least one contact point of a required kind may be. A row without
-- legal basis stops the night.
with audience_contact as (
    select * from {{ ref('audience_contact') }}
),

sent_customer as (
    select distinct
        activation,
        customer_id
    from audience_contact
    where occurrence is not null and is_required
)

select
    audience_contact.activation,
    audience_contact.customer_id,
    audience_contact.contact_kind,
    audience_contact.occurrence,
    audience_contact.contact_value,
    case
        when audience_contact.is_hashed then {{ sha256_hex('audience_contact.normal_value') }}
        else audience_contact.normal_value
    end as sent_value,
    audience_contact.is_hashed,
    audience_contact.purpose as consent_purpose,
    audience_contact.channel as consent_channel,
    case
        when not audience_contact.requires_consent or audience_contact.consent_status = 'granted'
            then audience_contact.legal_basis
    end as legal_basis,
    audience_contact.consent_status,
    audience_contact.consent_decided_at,
    audience_contact.consent_source,
    audience_contact.consent_origin,
    audience_contact.entered_on
from audience_contact
inner join sent_customer
    on audience_contact.activation = sent_customer.activation
        and audience_contact.customer_id = sent_customer.customer_id
where audience_contact.occurrence is not null
