-- Contact points that stand in a record nobody can read, where it may have held a refusal.
-- Grain: one row per record in quarantine and contact point found in its text.
-- Rule: of layouts that carry consent, every e-mail address and every known phone number whose digits stand
-- there. It finds too many rather than too few: not writing to someone is mended, writing is not. JSON spells
-- line breaks as \n, which would stick to the next word, so the text is read with and without such signs.
with quarantine as (
    select * from {{ ref('quarantine') }}
),

consent_layout as (
    select * from {{ ref('consent_layout') }}
),

file as (
    select * from {{ ref('file') }}
),

phone_digit_form as (
    select * from {{ ref('phone_digit_form') }}
),

record as (
    select
        quarantine.file_id,
        quarantine.line,
        quarantine.source_system,
        file.first_seen_on as delivered_on,
        replace(lower(quarantine.raw_record), '(0)', '') as raw_text
    from quarantine
    inner join consent_layout on quarantine.layout = consent_layout.layout
    inner join file on quarantine.file_id = file.file_id
),

readable as (
    select
        file_id,
        line,
        source_system,
        delivered_on,
        raw_text || ' , '
        || {{ replace_pattern('raw_text', '[\\\\](u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]|.)', ' ') }} as raw_text
    from record
),

email_found as (
    {% for signs in ['all', 'common'] %}
    {{ 'union all' if not loop.first }}
    select
        file_id,
        line,
        source_system,
        delivered_on,
        {{ each_match('raw_text', email_pattern(signs)) }} as contact_value
    from readable
    {% endfor %}
),

dialled as (
    {% for signs in ['all', 'common'] %}
    {{ 'union all' if not loop.first }}
    select
        file_id,
        line,
        source_system,
        delivered_on,
        {{ each_match('raw_text', dialled_pattern(signs)) }} as delivered_value
    from readable
    {% endfor %}
),

dialled_digits as (
    select
        file_id,
        line,
        source_system,
        delivered_on,
        {{ without_leading_zeros(digits_only('delivered_value')) }} as digits
    from dialled
)

select distinct
    'email' as contact_kind,
    contact_value,
    file_id,
    line,
    source_system,
    delivered_on
from email_found
union all
select distinct
    'phone' as contact_kind,
    phone_digit_form.contact_value,
    dialled_digits.file_id,
    dialled_digits.line,
    dialled_digits.source_system,
    dialled_digits.delivered_on
from dialled_digits
inner join phone_digit_form on dialled_digits.digits = phone_digit_form.digits
