"""How many customers may be contacted, and why the others may not."""

from __future__ import annotations

from dataclasses import dataclass

from cdp_pipeline.night import Night
from cdp_pipeline.report.facts.small_counts import ShownCount, shown_cells


@dataclass(frozen=True)
class ChannelConsent:
    """All customers, each counted once: by the best that holds for any of their contact points.

    Attributes:
        allowed: consent on record for a contact point that works.
        refused: denied or withdrawn, or a refusal may stand in a record that could not be read.
        unasked: nobody ever asked or answered; unknown means no.
        unreachable: no contact point of the kind, or none that works.
    """

    label: str
    allowed: int
    refused: int
    unasked: int
    unreachable: int

    @property
    def shown(self) -> dict[str, ShownCount]:
        """The four counts as the page may show them; together they are all customers, which everybody sees."""
        counts = {
            "allowed": self.allowed,
            "refused": self.refused,
            "unasked": self.unasked,
            "unreachable": self.unreachable,
        }
        return dict(zip(counts, shown_cells(list(counts.values())), strict=True))


@dataclass(frozen=True)
class ConsentCoverage:
    """Consent per way of reaching people."""

    channels: list[ChannelConsent]


def gather_consent(night: Night) -> ConsentCoverage | None:
    """Count the customers who may be contacted for each purpose and channel."""
    needed = ("customer_contact", "contact_consent", "undecided_contact", "golden_profile")
    if not all(night.engine.table_exists(f"golden.{table}") for table in needed):
        return None
    [(customers, *verdicts)] = night.engine.fetch_all(_coverage())
    counts = zip(verdicts[::3], verdicts[1::3], verdicts[2::3], strict=True)
    return ConsentCoverage(
        [
            ChannelConsent(way.label, allowed, refused, unasked, customers - allowed - refused - unasked)
            for way, (allowed, refused, unasked) in zip(WAYS, counts, strict=True)
        ]
    )


@dataclass(frozen=True)
class Way:
    """A way of reaching people.

    Attributes:
        reaches: which of the contact points serve it, in SQL.
    """

    label: str
    purpose: str
    channel: str
    reaches: str


WAYS = (
    Way("Marketing by e-mail", "marketing", "email", "contact_kind = 'email'"),
    Way("Marketing by text message", "marketing", "sms", "is_mobile"),
    Way("Advertising audiences", "ad_audiences", "ads", "true"),
)

DECISION = """max(case when status in ('withdrawn', 'denied') then 2 when is_granted then 1 else 3 end)
            filter (purpose = '{purpose}' and channel = '{channel}') as verdict_{place},
        max(decided_at) filter (purpose = '{purpose}' and channel = '{channel}')::date as decided_on_{place}"""

# The same objections, in the same order, as in activate.audience_candidate, without the limits of a platform.
BEST = """min(
            case
                when verdict_{place} = 2 then 2
                when lost_on is not null and coalesce(date_diff('day', lost_on, decided_on_{place}) <= 1, true) then 2
                when coalesce(verdict_{place}, 3) = 3 then 3
                when delivery_state <> 'reachable' then 4
                else 1
            end
        ) filter ({reaches}) as best_{place}"""


def _coverage() -> str:
    """Write the query: decisions per contact point, the best of them per customer, and counts.

    The decisions of a contact point stand in one row: a join per purpose and channel would meet every contact
    point again.
    """
    places = [{"place": place, **vars(way)} for place, way in enumerate(WAYS)]
    decisions = ",\n        ".join(DECISION.format(**place) for place in places)
    best = ",\n        ".join(BEST.format(**place) for place in places)
    counts = ", ".join(
        f"count(*) filter (best_{place} = {verdict})" for place in range(len(WAYS)) for verdict in (1, 2, 3)
    )
    return f"""
with decision as (
    select
        contact_kind,
        contact_value,
        {decisions}
    from golden.contact_consent
    group by contact_kind, contact_value
),

unreadable as (
    select contact_kind, contact_value, max(delivered_on) as lost_on
    from golden.undecided_contact
    group by contact_kind, contact_value
),

best as (
    select
        customer_id,
        {best}
    from golden.customer_contact
    left join decision using (contact_kind, contact_value)
    left join unreadable using (contact_kind, contact_value)
    where is_valid
    group by customer_id
)

select (select count(*) from golden.golden_profile), {counts}
from best
"""
