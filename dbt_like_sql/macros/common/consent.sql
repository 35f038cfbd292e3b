{#- Consent. -#}

{#- The time of a grant that a source keeps without one. It is the oldest possible, so that any dated
    decision outranks it: dated with the delivery, each night's export would undo a withdrawal made
    elsewhere. -#}
{% macro undated() -%}
'1970-01-01T00:00:00Z'
{%- endmacro %}

{#- The first of several times, written in UTC without saying so, that can be read at all; else null. -#}
{% macro first_readable_utc(texts) -%}
{{ 'coalesce(' }}{% for text in texts %}{{ ', ' if not loop.first }}cast(try_cast({{ text }} as timestamp) as varchar){% endfor %}) || 'Z'
{%- endmacro %}

{#- 0171 and 171: zeros in front belong to the way of dialling, not to the number. -#}
{% macro without_leading_zeros(digits) -%}
{{ replace_pattern(digits, '^0+', '') }}
{%- endmacro %}

{#- E-mail addresses within a longer text in lower case, read in two ways: with all signs that may stand
    before the @, and with the common ones only, since 'anna@x.de and mail=anna@x.de hold a sign too many. -#}
{% macro email_pattern(signs) -%}
{{ '[\\p{L}\\p{N}!#$%&\'\'*+/=?^_`{|}~.-]+' if signs == 'all' else '[\\p{L}\\p{N}][\\p{L}\\p{N}_.+-]*' }}@([\p{L}\p{N}-]+[.])+\p{L}[\p{L}\p{N}-]*[\p{L}\p{N}]
{%- endmacro %}

{#- Runs of seven digits and more, as numbers are dialled; without blanks too, since a number may stand
    beside another. -#}
{% macro dialled_pattern(signs) -%}
[0-9][0-9{{ ' ' if signs == 'all' }}()/.-]{5,}[0-9]
{%- endmacro %}

{#- What a decision or a suppression reaches: the contact point that its delivered value is read as, and every known
    number that the same digits may mean, since a number without country may have been read with the wrong one. One
    that reaches nothing stays, without contact_value. A readable number with + or 00 names its country and means
    no other; a hash stays a hash.

    Reads source_system, contact_kind, delivered_value (tidy), country and the columns `kept` of `rows`, and the
    tables phone_number and phone_digit_form.

    Args: reaches_others, which rows speak for other numbers of the same digits too. -#}
{% macro reached_contacts(rows, kept, reaches_others='true') -%}
{% set columns = ['source_system', 'contact_kind', 'delivered_value'] + kept -%}
with keyed as (
    select
        *,
        case when contact_kind = 'email' then {{ bare_email('delivered_value') }} end as email,
        case when contact_kind = 'phone' then {{ without_leading_zeros(digits_only('delivered_value')) }} end as digits
    from {{ rows }}
),

as_read as (
    select
        keyed.*,
        case
            when keyed.contact_kind = 'sha256' then lower(keyed.delivered_value)
            when {{ is_email('keyed.email') }} then keyed.email
            else phone_number.e164
        end as contact_value
    from keyed
    left join phone_number
        on
            keyed.contact_kind = 'phone'
            and keyed.delivered_value = phone_number.delivered_value
            and keyed.country = phone_number.country
),

ambiguous as (
    select * from as_read
    where
        {{ reaches_others }}
        and (contact_value is null or (delivered_value not like '+%' and delivered_value not like '00%'))
)

select
    {% for column in columns %}
    as_read.{{ column }},
    {% endfor %}
    as_read.contact_value
from as_read
where
    as_read.contact_value is not null
    or not coalesce({{ reaches_others }}, false)
    or not exists (select 1 from phone_digit_form where phone_digit_form.digits = as_read.digits)
union all
select
    {% for column in columns %}
    ambiguous.{{ column }},
    {% endfor %}
    phone_digit_form.contact_value
from ambiguous
inner join phone_digit_form on ambiguous.digits = phone_digit_form.digits
where phone_digit_form.contact_value <> coalesce(ambiguous.contact_value, '')
{%- endmacro %}

{#- Of each decision in the ledger its newest entry, by which it stands or falls. -#}
{% macro newest_entries(ledger) -%}
select
    source_system,
    contact_kind,
    contact_value,
    purpose,
    channel,
    status,
    occurred_at,
    origin,
    proof,
    entry,
    recorded_on
from {{ ledger }}
qualify
    row_number() over (
        partition by source_system, contact_kind, contact_value, purpose, channel, status, occurred_at
        order by recorded_on desc
    ) = 1
{%- endmacro %}
