"""Whether a row is about to leave that a suppression list forbids, found in another way than activation does.

`activate.suppressed_contact` compares the normal forms of all platforms. The gate writes down every name that a
contact point goes by on a list (as it stands, as a Gmail mailbox, hashed) and looks each of them up in the list.
"""

from __future__ import annotations

from cdp_pipeline.engine import Engine

SUPPRESSED_ROWS = r"""
with contact as (
    select customer_id, contact_kind, contact_value from golden.customer_contact where is_valid
    union
    select customer_id, contact_kind, contact_value from activate.activation_row
),

boxed as (
    select
        *,
        case
            when contact_kind = 'phone' then ltrim(contact_value, '+')
            else regexp_replace(contact_value, '^([^+@]*)[+]?[^@]*@(gmail|googlemail)[.]com$', '\1@\2.com')
        end as short,
        regexp_matches(short, '@(gmail|googlemail)[.]com$') as is_gmail
    from contact
),

named as (
    select
        customer_id,
        contact_kind,
        contact_value,
        case when is_gmail then replace(split_part(short, '@', 1), '.', '') || substr(short, instr(short, '@'))
            else short end as mailbox,
        unnest([contact_value, mailbox, sha256(contact_value), sha256(mailbox)]) as name
    from boxed
),

entry as (
    select channel, contact_kind, contact_value as name from standardise.suppression
    where contact_value is not null
    union
    select 'any', 'sha256', unnest(regexp_extract_all(lower(quarantine.raw_record), '[0-9a-f]{64}'))
    from validate.quarantine
    inner join golden.consent_layout on quarantine.layout = consent_layout.layout
),

entry_name as (
    select channel, name from entry
    union
    select channel, replace(split_part(split_part(name, '@', 1), '+', 1), '.', '') || substr(name, instr(name, '@'))
    from entry
    where contact_kind = 'email' and regexp_matches(name, '@(gmail|googlemail)[.]com$')
),

listed as (
    select distinct named.customer_id, named.contact_kind, named.contact_value, entry_name.channel
    from named
    inner join entry_name on named.name = entry_name.name
)

select sent.activation, count(distinct sent.contact_value) as suppressed_rows
from activate.activation_row as sent
where exists (
        select 1
        from listed
        where listed.contact_kind = sent.contact_kind
            and listed.contact_value = sent.contact_value
            and listed.channel in (sent.consent_channel, 'any')
    )
    or exists (
        select 1 from listed where listed.customer_id = sent.customer_id and listed.channel = 'any'
    )
group by sent.activation
order by sent.activation
"""


def count_suppressed_rows(engine: Engine) -> list[tuple[str, int]]:
    """Return each activation with rows that a suppression list forbids, and how many contact points they send."""
    return engine.fetch_all(SUPPRESSED_ROWS)
