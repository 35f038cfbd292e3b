-- Every contact point of everyone in an activation's segment, with what speaks against sending it.
-- Grain: one row per activation, customer and contact point of a kind that the destination takes.
-- Rule: a contact point leaves only with its own consent, for the activation's purpose and the destination's
-- channel, and with no refusal since of another spelling of its normal form. A record in quarantine that
-- names it and may hold a refusal speaks against it, until a decision is taken later than the day after that
-- record came. A contact point of anyone in an excluded segment stays out, also where another customer shares
-- it or has another spelling of it: the one who complained would see the advertisement. What bounced or
-- complained stays here, for every destination: a dead address may be someone else's tomorrow.
with activation_contact_kind as (
    select * from {{ ref('activation_contact_kind') }}
),

activation_excluded_segment as (
    select * from {{ ref('activation_excluded_segment') }}
),

segment_member as (
    select * from {{ ref('segment_member') }}
),

customer_contact as (
    select * from {{ ref('customer_contact') }}
),

contact_consent as (
    select * from {{ ref('contact_consent') }}
),

undecided_contact as (
    select * from {{ ref('undecided_contact') }}
),

contact_form as (
    select * from {{ ref('contact_form') }}
),

golden_profile as (
    select * from {{ ref('golden_profile') }}
),

newest_unreadable as (
    select
        contact_kind,
        contact_value,
        source_system,
        delivered_on
    from undecided_contact
    qualify
        row_number() over (
            partition by contact_kind, contact_value
            order by delivered_on desc, file_id, line
        ) = 1
),

-- What a destination takes of each contact point: its normal form, unless that is too long.
accepted_form as (
    select
        activation_contact_kind.activation,
        contact_form.contact_kind,
        contact_form.contact_value,
        contact_form.normal_value
    from activation_contact_kind
    inner join contact_form
        on activation_contact_kind.contact_kind = contact_form.contact_kind
            and activation_contact_kind.normaliser = contact_form.normaliser
    where
        coalesce(length(contact_form.normal_value) <= activation_contact_kind.max_characters, true)
        and coalesce(
            {{ byte_length('contact_form.normal_value') }} <= activation_contact_kind.max_bytes, true
        )
),

-- A platform takes a.nn@gmail.com and ann@gmail.com for one mailbox: a refusal by either speaks for both.
refused_form as (
    select
        accepted_form.activation,
        accepted_form.contact_kind,
        accepted_form.normal_value,
        contact_consent.status,
        contact_consent.decided_at,
        contact_consent.source_system
    from activation_contact_kind
    inner join accepted_form
        on activation_contact_kind.activation = accepted_form.activation
            and activation_contact_kind.contact_kind = accepted_form.contact_kind
    inner join contact_consent
        on accepted_form.contact_kind = contact_consent.contact_kind
            and accepted_form.contact_value = contact_consent.contact_value
            and activation_contact_kind.purpose = contact_consent.purpose
            and activation_contact_kind.channel = contact_consent.channel
    where contact_consent.status in ('withdrawn', 'denied')
    qualify
        row_number() over (
            partition by accepted_form.activation, accepted_form.contact_kind, accepted_form.normal_value
            order by
                contact_consent.decided_at desc,
                case contact_consent.status when 'withdrawn' then 0 else 1 end,
                contact_consent.source_system,
                contact_consent.contact_value
        ) = 1
),

excluded_form as (
    select
        activation_excluded_segment.activation,
        activation_excluded_segment.excluded_segment,
        segment_member.entered_on,
        accepted_form.contact_kind,
        accepted_form.normal_value
    from activation_excluded_segment
    inner join segment_member
        on activation_excluded_segment.excluded_segment = segment_member.segment
            and segment_member.left_on is null
    inner join customer_contact on segment_member.customer_id = customer_contact.customer_id
    inner join accepted_form
        on activation_excluded_segment.activation = accepted_form.activation
            and customer_contact.contact_kind = accepted_form.contact_kind
            and customer_contact.contact_value = accepted_form.contact_value
    qualify
        row_number() over (
            partition by
                accepted_form.activation,
                accepted_form.contact_kind,
                accepted_form.normal_value
            order by
                segment_member.entered_on,
                activation_excluded_segment.excluded_segment,
                segment_member.customer_id
        ) = 1
)

select
    activation_contact_kind.activation,
    segment_member.customer_id,
    segment_member.entered_on,
    customer_contact.contact_kind,
    customer_contact.contact_value,
    accepted_form.normal_value,
    customer_contact.contact_value in (golden_profile.email, golden_profile.phone) as is_survivor,
    customer_contact.contact_rank,
    customer_contact.last_seen_at,
    contact_consent.status as consent_status,
    contact_consent.decided_at as consent_decided_at,
    contact_consent.source_system as consent_source,
    contact_consent.origin as consent_origin,
    case
        when not customer_contact.is_valid then 'no_usable_contact'
        when contact_consent.status = 'withdrawn' then 'withdrawn'
        when contact_consent.status = 'denied' then 'denied'
        when refused_form.status is not null then refused_form.status
        when unanswered.delivered_on is not null then 'consent_unreadable'
        when coalesce(contact_consent.is_granted, false) = false then 'no_consent'
        when excluded_form.activation is not null then 'excluded_segment'
        when customer_contact.delivery_state <> 'reachable' then customer_contact.delivery_state
        when accepted_form.normal_value is null then 'not_accepted'
    end as objection,
    case
        when not customer_contact.is_valid then null
        when contact_consent.status in ('withdrawn', 'denied') then contact_consent.decided_at
        when refused_form.status is not null then refused_form.decided_at
        when unanswered.delivered_on is not null then cast(unanswered.delivered_on as timestamp)
        when coalesce(contact_consent.is_granted, false) = false then null
        when excluded_form.activation is not null then cast(excluded_form.entered_on as timestamp)
        else customer_contact.state_since
    end as objection_since,
    case
        when not customer_contact.is_valid then null
        when contact_consent.status in ('withdrawn', 'denied') then contact_consent.source_system
        when refused_form.status is not null then refused_form.source_system
        when unanswered.delivered_on is not null then unanswered.source_system
        when coalesce(contact_consent.is_granted, false) = false then null
        when excluded_form.activation is not null then excluded_form.excluded_segment
        else customer_contact.state_source
    end as objection_source
from activation_contact_kind
inner join segment_member
    on activation_contact_kind.segment = segment_member.segment
        and segment_member.left_on is null
inner join customer_contact
    on segment_member.customer_id = customer_contact.customer_id
        and activation_contact_kind.contact_kind = customer_contact.contact_kind
inner join golden_profile
    on segment_member.customer_id = golden_profile.customer_id
left join contact_consent
    on customer_contact.contact_kind = contact_consent.contact_kind
        and customer_contact.contact_value = contact_consent.contact_value
        and activation_contact_kind.purpose = contact_consent.purpose
        and activation_contact_kind.channel = contact_consent.channel
left join newest_unreadable as unanswered
    on customer_contact.contact_kind = unanswered.contact_kind
        and customer_contact.contact_value = unanswered.contact_value
        and coalesce(
            date_diff('day', unanswered.delivered_on, cast(contact_consent.decided_at as date)) <= 1, true
        )
left join accepted_form
    on activation_contact_kind.activation = accepted_form.activation
        and customer_contact.contact_kind = accepted_form.contact_kind
        and customer_contact.contact_value = accepted_form.contact_value
left join refused_form
    on activation_contact_kind.activation = refused_form.activation
        and customer_contact.contact_kind = refused_form.contact_kind
        and accepted_form.normal_value = refused_form.normal_value
        and coalesce(contact_consent.decided_at <= refused_form.decided_at, true)
left join excluded_form
    on activation_contact_kind.activation = excluded_form.activation
        and customer_contact.contact_kind = excluded_form.contact_kind
        and accepted_form.normal_value = excluded_form.normal_value
