"""The last gate before files leave: consent is looked up again, in another way than activation did.

`activate` trusts `golden.contact_consent`, which ranks the ledger's decisions. The gate asks by contradiction: is
there a row to be sent for which no source states a grant tonight that nothing later, and nothing negative at the same
moment, speaks against? Refusals it takes from wherever one stands: what sources tell, the ledger, unsubscribes in
`standardise.email_event`. It cuts the text of records in quarantine into words, where `golden.undecided_contact`
searches it by patterns. Refusals by another spelling of a mailbox it looks for in what the files hold: it hashes every
refused address as the platform would. A mistake in one of the two is caught by the other. What the gate finds there is
always part of what activation leaves out, so that it stops a night for a defect alone.
"""

from __future__ import annotations

from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError
from cdp_pipeline.privacy.restriction_gate import count_restricted_rows
from cdp_pipeline.privacy.suppression_gate import count_suppressed_rows

DECISION = """
with decision as (
    select contact_kind, contact_value, purpose, channel, status, occurred_at from standardise.consent_event
    union all
    select contact_kind, contact_value, purpose, channel, status, occurred_at
    from golden.consent_ledger
    where status <> 'granted'
    group by contact_kind, contact_value, purpose, channel, status, occurred_at, source_system
    having coalesce(
        max(recorded_on) filter (entry <> 'read_differently')
        > max(recorded_on) filter (entry = 'read_differently'), true
    )
    union all
    select 'email', email, 'marketing', 'email', 'withdrawn', occurred_at from standardise.email_event
    where event in ('unsubscribed', 'complained')
)"""

UNPROVEN_ROWS = f"""{DECISION}

select sent.activation, count(*) as unproven_rows
from activate.activation_row as sent
left join standardise.purpose on sent.consent_purpose = purpose.purpose
where coalesce(purpose.requires_consent, true) and not exists (
    select 1
    from decision as given
    where given.contact_kind = sent.contact_kind
        and given.contact_value = sent.contact_value
        and given.purpose = sent.consent_purpose
        and given.channel in (sent.consent_channel, 'any')
        and given.status = 'granted'
        and given.occurred_at < (select max(business_date) + interval 2 day from extract.night)
        and not exists (
            select 1
            from decision as taken
            where taken.contact_kind = given.contact_kind
                and taken.contact_value = given.contact_value
                and taken.purpose = given.purpose
                and taken.channel in (sent.consent_channel, 'any')
                and taken.status <> 'granted'
                and taken.occurred_at >= given.occurred_at
        )
)
group by sent.activation
order by sent.activation
"""

REFUSED_ROWS = f"""{DECISION}

select sent.activation, count(*) as refused_rows
from activate.activation_row as sent
inner join standardise.purpose on sent.consent_purpose = purpose.purpose and not purpose.requires_consent
where exists (
    select 1
    from decision as taken
    where taken.contact_kind = sent.contact_kind
        and taken.contact_value = sent.contact_value
        and taken.purpose = sent.consent_purpose
        and taken.channel in (sent.consent_channel, 'any')
        and taken.status <> 'granted'
        and not exists (
            select 1
            from decision as given
            where given.contact_kind = taken.contact_kind
                and given.contact_value = taken.contact_value
                and given.purpose = taken.purpose
                and given.channel in (sent.consent_channel, 'any')
                and given.status = 'granted'
                and given.occurred_at > taken.occurred_at
        )
)
group by sent.activation
order by sent.activation
"""

RESPELLED_ROWS = f"""{DECISION},

refusal as (
    select
        contact_value,
        purpose,
        channel,
        occurred_at,
        nfc_normalize(lower(contact_value)) as form,
        regexp_extract(form, '^(.*)@(gmail|googlemail)[.]com$', 1) as gmail_box
    from decision
    where contact_kind = 'email' and status <> 'granted'
),

formed as (
    select contact_value, purpose, channel, occurred_at, form, false as for_google from refusal
    union all
    select
        contact_value,
        purpose,
        channel,
        occurred_at,
        regexp_replace(gmail_box, '[.]|[+].*', '', 'g') || substr(form, length(gmail_box) + 1),
        true
    from refusal
),

refused as (select *, unnest([form, sha256(form)]) as sent_value from formed),

given as (
    select contact_value, purpose, channel, occurred_at
    from decision
    where contact_kind = 'email'
        and status = 'granted'
        and occurred_at < (select max(business_date) + interval 2 day from extract.night)
)

select sent.activation, count(distinct sent.contact_value) as respelled_rows
from activate.activation_row as sent
inner join activate.activation_contact_kind as taken
    on sent.activation = taken.activation and sent.contact_kind = taken.contact_kind
inner join refused
    on sent.sent_value = refused.sent_value
        and (taken.normaliser = 'google') = refused.for_google
        and sent.contact_value <> refused.contact_value
        and sent.consent_purpose = refused.purpose
        and refused.channel in (sent.consent_channel, 'any')
where sent.contact_kind = 'email'
    and not exists (
        select 1
        from given
        where given.contact_value = sent.contact_value
            and given.purpose = sent.consent_purpose
            and given.channel in (sent.consent_channel, 'any')
            and given.occurred_at > refused.occurred_at
    )
    and not exists (
        select 1
        from given
        where given.contact_value = refused.contact_value
            and given.purpose = sent.consent_purpose
            and given.channel in (sent.consent_channel, 'any')
            and given.occurred_at > refused.occurred_at
    )
group by sent.activation
order by sent.activation
"""

UNREADABLE_ROWS = r"""
with unreadable as (
    select quarantine.raw_record, file.first_seen_on
    from validate.quarantine
    inner join golden.consent_layout on quarantine.layout = consent_layout.layout
    inner join extract.file on quarantine.file_id = file.file_id
),

word as (
    select unnest(regexp_split_to_array(lower(raw_record), '[\s",;:<>()\[\]\\]+')) as word, first_seen_on
    from unreadable
),

field as (
    select unnest(regexp_split_to_array(raw_record, '["'',;|\t]+')) as field, first_seen_on
    from unreadable
),

said as (
    select 'email' as contact_kind, ltrim(word, '''') as name, max(first_seen_on) as said_on
    from word
    where word like '%@%'
    group by all
    union all
    select 'phone', ltrim(regexp_replace(field, '[^0-9]', '', 'g'), '0') as name, max(first_seen_on)
    from field
    where regexp_full_match(trim(field), '[+]?[0-9][0-9 /.-]{5,}[0-9]')
    group by all
    having length(name) >= 6
),

sent as (
    select activation, contact_kind, contact_value, consent_purpose, consent_channel, contact_value as name
    from activate.activation_row
    where contact_kind = 'email'
    union
    select activation, contact_kind, contact_value, consent_purpose, consent_channel,
        ltrim(substr(contact_value, unnest([2, 3, 4, 5])), '0')
    from activate.activation_row
    where contact_kind = 'phone'
)

select sent.activation, count(distinct sent.contact_value) as unreadable_rows
from sent
inner join said on sent.contact_kind = said.contact_kind and sent.name = said.name
where not exists (
    select 1
    from standardise.consent_event as given
    where given.contact_kind = sent.contact_kind
        and given.contact_value = sent.contact_value
        and given.purpose = sent.consent_purpose
        and given.channel in (sent.consent_channel, 'any')
        and given.status = 'granted'
        and given.occurred_at >= said.said_on + interval 2 day
)
group by sent.activation
order by sent.activation
"""


class ConsentViolation(CdpError):  # noqa: N818 - a verdict on data, not a fault of the program
    """A row is about to leave without consent on record."""


def verify_consent(engine: Engine) -> None:
    """Prove that every row of `activate.activation_row` rests on a consent that still holds and is not suppressed.

    Raises:
        ConsentViolation: names the activations and how many of their rows lack proof, never the people.
    """
    unproven = engine.fetch_all(UNPROVEN_ROWS)
    if unproven:
        raise ConsentViolation(
            f"activate.activation_row: no consent that still holds is on record for rows of {_listed(unproven)}. "
            "Nothing was published. Rebuild from stage golden; if rows remain, contact_consent has a defect."
        )
    refused = engine.fetch_all(REFUSED_ROWS)
    if refused:
        raise ConsentViolation(
            f"activate.activation_row: a refusal that stands is on record for rows of {_listed(refused)}. Nothing was "
            "published. Rebuild from stage golden; if rows remain, contact_consent has a defect."
        )
    restricted = count_restricted_rows(engine)
    if restricted:
        raise ConsentViolation(
            "activate.activation_row: people restricted the use of their data, or objected to the purpose, of rows of "
            f"{_listed(restricted)}. Nothing was published. Rebuild from stage activate; if rows remain, "
            "audience_candidate has a defect."
        )
    respelled = engine.fetch_all(RESPELLED_ROWS)
    if respelled:
        raise ConsentViolation(
            "activate.activation_row: another spelling of the mailbox was refused after the consent of rows of "
            f"{_listed(respelled)}. Nothing was published. Rebuild from stage golden; if rows remain, "
            "audience_candidate has a defect."
        )
    unreadable = engine.fetch_all(UNREADABLE_ROWS)
    if unreadable:
        raise ConsentViolation(
            "activate.activation_row: a record in quarantine may be a withdrawal that concerns rows of "
            f"{_listed(unreadable)}. Nothing was published. Rebuild from stage golden; if rows remain, "
            "undecided_contact has a defect."
        )
    suppressed = count_suppressed_rows(engine)
    if suppressed:
        raise ConsentViolation(
            "activate.activation_row: a suppression list forbids to contact the people of rows of "
            f"{_listed(suppressed)}. Nothing was published. Rebuild from stage activate; if rows remain, "
            "suppressed_contact has a defect."
        )


def activations_in_doubt(engine: Engine) -> set[str]:
    """Return the activations of which any row fails one of the proofs."""
    queries = (UNPROVEN_ROWS, REFUSED_ROWS, RESPELLED_ROWS, UNREADABLE_ROWS)
    counts = [row for query in queries for row in engine.fetch_all(query)]
    return {
        activation
        for activation, _ in (*counts, *count_restricted_rows(engine), *count_suppressed_rows(engine))
    }


def _listed(counts: list[tuple[str, int]]) -> str:
    return ", ".join(f"{activation} ({count} rows)" for activation, count in counts)
