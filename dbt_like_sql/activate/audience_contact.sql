-- Which contact points are sent, in which place of the file's columns, and why the others are not.
-- Grain: one row per activation, customer and contact point of a kind that the destination takes.
-- Rule: a value stands in a file once; of several customers who share it, the one seen last with it has it.
-- Within a customer the profile's own contact point comes first, then the others by rank, while columns last.
with activation_contact_kind as (
    select * from {{ ref('activation_contact_kind') }}
),

audience_candidate as (
    select * from {{ ref('audience_candidate') }}
),

-- Refused contact points come last, so that place 1 is the one to keep if any may be sent.
placed as (
    select
        activation,
        customer_id,
        contact_kind,
        contact_value,
        objection,
        is_survivor,
        contact_rank,
        row_number() over (
            partition by activation, contact_kind, normal_value
            order by
                case when objection is null then 0 else 1 end,
                last_seen_at desc nulls last,
                customer_id,
                case when is_survivor then 0 else 1 end,
                contact_rank,
                contact_value
        ) as place_in_file
    from audience_candidate
),

-- A duplicate stands in the file already: for another customer, or in another spelling.
judged as (
    select
        activation,
        customer_id,
        contact_kind,
        contact_value,
        is_survivor,
        contact_rank,
        case
            when objection is not null then objection
            when place_in_file > 1 then 'duplicate'
        end as reason
    from placed
),

numbered as (
    select
        activation,
        customer_id,
        contact_kind,
        contact_value,
        reason,
        row_number() over (
            partition by activation, customer_id, contact_kind
            order by
                case when reason is null then 0 else 1 end,
                case when is_survivor then 0 else 1 end,
                contact_rank,
                contact_value
        ) as place
    from judged
)

select
    audience_candidate.activation,
    audience_candidate.customer_id,
    audience_candidate.entered_on,
    audience_candidate.contact_kind,
    audience_candidate.contact_value,
    audience_candidate.normal_value,
    activation_contact_kind.is_required,
    activation_contact_kind.is_hashed,
    activation_contact_kind.purpose,
    activation_contact_kind.channel,
    activation_contact_kind.legal_basis,
    activation_contact_kind.requires_consent,
    audience_candidate.consent_status,
    audience_candidate.consent_decided_at,
    audience_candidate.consent_source,
    audience_candidate.consent_origin,
    case
        when
            numbered.reason is null and numbered.place > activation_contact_kind.max_contacts
            then 'beyond_limit'
        else numbered.reason
    end as reason,
    audience_candidate.objection_since as reason_since,
    audience_candidate.objection_source as reason_source,
    case
        when
            numbered.reason is null and numbered.place <= activation_contact_kind.max_contacts
            then numbered.place
    end as occurrence
from audience_candidate
inner join numbered
    on audience_candidate.activation = numbered.activation
        and audience_candidate.customer_id = numbered.customer_id
        and audience_candidate.contact_kind = numbered.contact_kind
        and audience_candidate.contact_value = numbered.contact_value
inner join activation_contact_kind
    on audience_candidate.activation = activation_contact_kind.activation
        and audience_candidate.contact_kind = activation_contact_kind.contact_kind
