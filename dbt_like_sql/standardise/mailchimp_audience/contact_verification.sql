-- Grain: one row per subscriber who confirmed the sign-up.
-- Rule: two acts are needed: a sign-up, and later the click in the message that asks to confirm it, with the
-- address of the computer. Mailchimp writes CONFIRM_TIME also for who was imported or signed up in one step;
-- then there is no sign-up before it, or it has the same time, and nothing was verified.
with
subscriber as (select * from {{ source('mailchimp_audience') }})

select
    source_system,
    'email' as contact_kind,
    email as delivered_value,
    {{ first_readable_utc(['confirm_time']) }} as verified_at,
    'double opt-in' as verified_how
from subscriber
where
    confirm_ip is not null
    and try_cast(optin_time as timestamp) < try_cast(confirm_time as timestamp)
