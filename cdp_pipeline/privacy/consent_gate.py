"""The last gate before files leave: consent is looked up again, in another way than activation did.

`activate` trusts `golden.contact_consent`, which ranks decisions. The gate asks the ledger itself, by
contradiction: is there a row to be sent for which no grant exists that nothing later, and nothing negative
at the same moment, speaks against? A mistake in one of the two is caught by the other.
"""

from __future__ import annotations

from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError

UNPROVEN_ROWS = """
with decision as (
    select contact_kind, contact_value, purpose, channel, status, occurred_at from standardise.consent_event
    union all
    select 'email', email, 'marketing', 'email', 'withdrawn', occurred_at from standardise.email_event
    where event in ('unsubscribed', 'complained')
)

select sent.activation, count(*) as unproven_rows
from activate.activation_row as sent
where not exists (
    select 1
    from decision as given
    where given.contact_kind = sent.contact_kind
        and given.contact_value = sent.contact_value
        and given.purpose = sent.consent_purpose
        and given.channel in (sent.consent_channel, 'any')
        and given.status = 'granted'
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


class ConsentViolation(CdpError):  # noqa: N818 - a verdict on data, not a fault of the program
    """A row is about to leave without consent on record."""


def verify_consent(engine: Engine) -> None:
    """Prove from the ledger that every row of `activate.activation_row` rests on a consent that still holds.

    Raises:
        ConsentViolation: names the activations and how many of their rows lack proof, never the people.
    """
    unproven = engine.fetch_all(UNPROVEN_ROWS)
    if unproven:
        rows = ", ".join(f"{activation} ({count} rows)" for activation, count in unproven)
        raise ConsentViolation(
            f"activate.activation_row: no consent that still holds is on record for rows of {rows}. "
            "Nothing was published. Rebuild from stage golden; if rows remain, contact_consent has a defect."
        )
