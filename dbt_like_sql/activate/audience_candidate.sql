-- Every contact point of everyone in an activation's segment, with what speaks against sending it.
-- Grain: one row per activation, customer and contact point of a kind that the destination takes.
-- Rule: a contact point leaves only with its own consent, for the activation's purpose and the
-- destination's channel; where the purpose rests on another legal basis, only while no refusal stands. It
-- never leaves when it is suppressed on that channel or on any, nor when anyone who has it restricted the
-- use of their data or objected to the purpose. A record in quarantine that names it and may hold a refusal
-- speaks against it, until a decision is taken later than the day after that record came. A contact point
-- of anyone in an excluded segment stays out, also where another customer shares it: the one who complained
-- would see the advertisement. What bounced or complained stays here, for every destination: a dead address
-- may be someone else's tomorrow. One that another household has taken over would reach a stranger. Google
-- takes a.nn@gmail.com and ann@gmail.com for one mailbox. Where two spellings have one normal form at a
-- destination, a suppression, a restriction, a refusal since the consent, an exclusion, bounce or complaint
-- of one speaks for both.

-- What may speak against a contact point. The first that holds counts, with its own time and source.
{% set objections = [
    {
        'holds': 'not customer_contact.is_valid',
        'reason': "'no_usable_contact'", 'since': 'null', 'source': 'null',
    },
    {
        'holds': 'suppressed_form.activation is not null',
        'reason': "'suppressed'",
        'since': 'cast(suppressed_form.added_on as timestamp)', 'source': 'suppressed_form.source_system',
    },
    {
        'holds': 'restricted_form.restriction_kind is not null',
        'reason': "case restricted_form.restriction_kind when 'objection' then 'objected' else 'restricted' end",
        'since': 'restricted_form.since', 'source': 'restricted_form.source',
    },
    {
        'holds': "contact_consent.status in ('withdrawn', 'denied')",
        'reason': 'contact_consent.status',
        'since': 'contact_consent.decided_at', 'source': 'contact_consent.source_system',
    },
    {
        'holds': 'refused_form.status is not null',
        'reason': 'refused_form.status',
        'since': 'refused_form.decided_at', 'source': 'refused_form.source_system',
    },
    {
        'holds': 'unanswered.delivered_on is not null',
        'reason': "'consent_unreadable'",
        'since': 'cast(unanswered.delivered_on as timestamp)', 'source': 'unanswered.source_system',
    },
    {
        'holds': 'activation_contact_kind.requires_consent and not coalesce(contact_consent.is_granted, false)',
        'reason': "'no_consent'",
        'since': 'cast(lapsed_consent.lapsed_on as timestamp)', 'source': 'lapsed_consent.source_system',
    },
    {
        'holds': 'excluded_form.activation is not null',
        'reason': "'excluded_segment'",
        'since': 'cast(excluded_form.entered_on as timestamp)', 'source': 'excluded_form.excluded_segment',
    },
    {
        'holds': "customer_contact.delivery_state <> 'reachable'",
        'reason': 'customer_contact.delivery_state',
        'since': 'customer_contact.state_since', 'source': 'customer_contact.state_source',
    },
    {
        'holds': 'dead_form.delivery_state is not null',
        'reason': 'dead_form.delivery_state',
        'since': 'dead_form.state_since', 'source': 'dead_form.state_source',
    },
    {
        'holds': 'customer_contact.recycled_at is not null',
        'reason': "'recycled'", 'since': 'customer_contact.recycled_at', 'source': 'null',
    },
    {
        'holds': 'accepted_form.normal_value is null',
        'reason': "'not_accepted'", 'since': 'null', 'source': 'null',
    },
] -%}
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

lapsed_consent as (
    select * from {{ ref('lapsed_consent') }}
),

undecided_contact as (
    select * from {{ ref('undecided_contact') }}
),

contact_form as (
    select * from {{ ref('contact_form') }}
),

contact_state as (
    select * from {{ ref('contact_state') }}
),

suppressed_contact as (
    select * from {{ ref('suppressed_contact') }}
),

processing_restriction as (
    select * from {{ ref('processing_restriction') }}
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

suppressed_form as (
    select
        accepted_form.activation,
        accepted_form.contact_kind,
        accepted_form.normal_value,
        suppressed_contact.added_on,
        suppressed_contact.source_system
    from activation_contact_kind
    inner join accepted_form
        on activation_contact_kind.activation = accepted_form.activation
            and activation_contact_kind.contact_kind = accepted_form.contact_kind
    inner join suppressed_contact
        on accepted_form.contact_kind = suppressed_contact.contact_kind
            and accepted_form.contact_value = suppressed_contact.contact_value
            and suppressed_contact.channel in ('any', activation_contact_kind.channel)
    qualify
        row_number() over (
            partition by accepted_form.activation, accepted_form.contact_kind, accepted_form.normal_value
            order by
                suppressed_contact.added_on nulls last,
                suppressed_contact.source_system,
                suppressed_contact.contact_value,
                suppressed_contact.channel
        ) = 1
),

-- A restriction comes before an objection, and of each the oldest.
restricted_form as (
    select
        accepted_form.activation,
        accepted_form.contact_kind,
        accepted_form.normal_value,
        processing_restriction.restriction_kind,
        processing_restriction.since,
        processing_restriction.source
    from activation_contact_kind
    inner join accepted_form
        on activation_contact_kind.activation = accepted_form.activation
            and activation_contact_kind.contact_kind = accepted_form.contact_kind
    inner join customer_contact
        on accepted_form.contact_kind = customer_contact.contact_kind
            and accepted_form.contact_value = customer_contact.contact_value
    inner join processing_restriction
        on customer_contact.customer_id = processing_restriction.customer_id
            and coalesce(activation_contact_kind.purpose = processing_restriction.purpose, true)
    qualify
        row_number() over (
            partition by accepted_form.activation, accepted_form.contact_kind, accepted_form.normal_value
            order by
                case processing_restriction.restriction_kind when 'restriction' then 0 else 1 end,
                processing_restriction.since,
                processing_restriction.restriction_id,
                processing_restriction.customer_id
        ) = 1
),

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
),

dead_form as (
    select
        accepted_form.activation,
        accepted_form.contact_kind,
        accepted_form.normal_value,
        contact_state.delivery_state,
        contact_state.state_since,
        contact_state.state_source
    from accepted_form
    inner join contact_state
        on accepted_form.contact_kind = contact_state.contact_kind
            and accepted_form.contact_value = contact_state.contact_value
    where contact_state.delivery_state <> 'reachable'
    qualify
        row_number() over (
            partition by accepted_form.activation, accepted_form.contact_kind, accepted_form.normal_value
            order by
                case contact_state.delivery_state when 'complained' then 0 else 1 end,
                contact_state.state_since desc,
                contact_state.contact_value
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
        {%- for objection in objections %}
        when {{ objection.holds }} then {{ objection.reason }}
        {%- endfor %}
    end as objection,
    case
        {%- for objection in objections %}
        when {{ objection.holds }} then {{ objection.since }}
        {%- endfor %}
    end as objection_since,
    case
        {%- for objection in objections %}
        when {{ objection.holds }} then {{ objection.source }}
        {%- endfor %}
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
left join lapsed_consent
    on customer_contact.contact_kind = lapsed_consent.contact_kind
        and customer_contact.contact_value = lapsed_consent.contact_value
        and activation_contact_kind.purpose = lapsed_consent.purpose
        and activation_contact_kind.channel = lapsed_consent.channel
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
left join suppressed_form
    on activation_contact_kind.activation = suppressed_form.activation
        and customer_contact.contact_kind = suppressed_form.contact_kind
        and accepted_form.normal_value = suppressed_form.normal_value
left join restricted_form
    on activation_contact_kind.activation = restricted_form.activation
        and customer_contact.contact_kind = restricted_form.contact_kind
        and accepted_form.normal_value = restricted_form.normal_value
left join refused_form
    on activation_contact_kind.activation = refused_form.activation
        and customer_contact.contact_kind = refused_form.contact_kind
        and accepted_form.normal_value = refused_form.normal_value
        and coalesce(contact_consent.decided_at <= refused_form.decided_at, true)
left join excluded_form
    on activation_contact_kind.activation = excluded_form.activation
        and customer_contact.contact_kind = excluded_form.contact_kind
        and accepted_form.normal_value = excluded_form.normal_value
left join dead_form
    on activation_contact_kind.activation = dead_form.activation
        and customer_contact.contact_kind = dead_form.contact_kind
        and accepted_form.normal_value = dead_form.normal_value
