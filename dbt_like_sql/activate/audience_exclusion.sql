-- Everyone of an activation's segment who is not in its file, with the one reason that comes first.
-- Grain: one row per activation and customer left out.
-- Rule: suppression comes first, then what the person asked of us, then what the person decided, then what
-- they may have said in a record that cannot be read, then whom the activation excludes, then what happened
-- to messages, then who has the contact point now, then what the destination refuses.
with activation as (
    select * from {{ ref('activation') }}
),

segment_member as (
    select * from {{ ref('segment_member') }}
),

audience_contact as (
    select * from {{ ref('audience_contact') }}
),

activation_row as (
    select * from {{ ref('activation_row') }}
),

left_out as (
    select
        activation.activation,
        segment_member.customer_id
    from activation
    inner join
        segment_member
        on activation.segment = segment_member.segment and segment_member.left_on is null
    where not exists (
            select 1
            from activation_row
            where activation_row.activation = activation.activation
                and activation_row.customer_id = segment_member.customer_id
        )
),

ranked as (
    select
        activation,
        customer_id,
        reason,
        reason_since,
        reason_source,
        contact_kind,
        row_number() over (
            partition by activation, customer_id
            order by
                case reason
                    when 'suppressed' then 1
                    when 'restricted' then 2
                    when 'objected' then 3
                    when 'withdrawn' then 4
                    when 'denied' then 5
                    when 'consent_unreadable' then 6
                    when 'excluded_segment' then 7
                    when 'complained' then 8
                    when 'bounced' then 9
                    when 'recycled' then 10
                    when 'not_accepted' then 11
                    when 'duplicate' then 12
                    when 'no_consent' then 13
                    else 14
                end,
                reason_since desc nulls last,
                contact_kind,
                contact_value,
                reason
        ) as place
    from audience_contact
    where reason is not null and is_required
)

select
    left_out.activation,
    left_out.customer_id,
    coalesce(ranked.reason, 'no_usable_contact') as reason,
    ranked.reason_since,
    ranked.reason_source,
    ranked.contact_kind
from left_out
left join ranked
    on left_out.activation = ranked.activation
        and left_out.customer_id = ranked.customer_id
        and ranked.place = 1
