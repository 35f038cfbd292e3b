"""Why a customer is who they are: everything that the published night knows of one customer.

Reads `identified.duckdb` of the current night and nothing else, so that it answers while a night runs and
never says more than what was published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.find_customer import find_customer
from cdp_pipeline.publish.manifest import read_manifest
from cdp_pipeline.publish.night_folder import current_night

Row = dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """One customer of one published night. It holds personal data: for the screen of who asked, no log.

    Attributes:
        way: how the question led to the customer, in words; empty when the id itself was given.
        profile: columns of `golden.golden_profile`, in its order.
        values: one row per profile column and candidate: value, record key, is_survivor, decided_by.
        records: one row per source record, with names, contacts, addresses and external ids.
        edges: one row per pair of the customer's records that a rule, the model or a decision joined;
            comparison_weights (log2 units) for pairs that the model scored, else None.
        refused: one row per vetoed or near-miss pair with a record of somebody else, by key alone.
        old_ids: ids that were merged into this one, with the night.
        events: the ledger of this id: mint, merge, split, with cause.
        segments: one row per segment and stay.
        contacts: one row per contact point, with its state.
        consents: one row per contact point, purpose and channel on record.
        activations: one row per activation: state sent, left_out (with reason) or not_in_segment.
    """

    project: str
    business_date: date
    customer_id: str
    way: str
    profile: Row
    values: list[Row]
    records: list[Row]
    edges: list[Row]
    refused: list[Row]
    old_ids: list[Row]
    events: list[Row]
    segments: list[Row]
    contacts: list[Row]
    consents: list[Row]
    activations: list[Row]


def explain_customer(project: Project, question: str) -> Explanation:
    """Explain the customer that is asked for, from the current published night.

    Args:
        question: what `find_customer` understands: an id, its beginning, a record key, an e-mail address.

    Raises:
        NightError: no night is published.
        UnknownCustomerError: the question leads to no customer, or to several.
    """
    folder = current_night(project.published)
    if folder is None:
        raise NightError(f"{project.published}: no night is published yet. Run one first: cdp run.")
    manifest = read_manifest(folder)
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        found = find_customer(engine, question)
        answers = {
            name: engine.fetch_arrow(query, [found.customer_id]).to_pylist()
            for name, query in QUERIES.items()
        }
    [profile] = answers.pop("profile")
    return Explanation(
        project=manifest.project,
        business_date=manifest.business_date,
        customer_id=found.customer_id,
        way=found.way,
        profile=profile,
        **answers,
    )


KEY = "source_system, record_kind, source_record_id"

RECORDS = f"""
with own as (select {KEY} from link.customer_source_record where customer_id = $1),
contact as (
    select {KEY}, list(distinct value order by value) as contacts
    from (
        select {KEY}, coalesce(contact_value, delivered_value) || coalesce(' (' || invalid_reason || ')', '') as value
        from standardise.contact_point
    ) semi join own using ({KEY}) group by all
),
address as (
    select {KEY}, list(distinct value order by value) as addresses
    from (
        select {KEY}, concat_ws(', ', street, nullif(concat_ws(' ', postcode, city), ''), country) as value
        from standardise.postal_address
    ) semi join own using ({KEY}) group by all
),
external as (
    select {KEY}, list(id_kind || ' ' || id_value order by id_kind, id_value) as external_ids
    from standardise.external_id semi join own using ({KEY}) group by all
)
select
    own.*, given_name, family_name, name_suffix, birth_date, gender, language, updated_at,
    contacts, addresses, external_ids
from own
left join standardise.customer_record using ({KEY})
left join contact using ({KEY})
left join address using ({KEY})
left join external using ({KEY})
order by {KEY}
"""


def _side(side: str, alias: str) -> str:
    """Return the condition that a record is one side of an edge."""
    return " and ".join(f"edge.{side}_{column} = {alias}.{column}" for column in KEY.split(", "))


EDGES = f"""
with own as (select {KEY} from link.customer_source_record where customer_id = $1)
select edge.* exclude (vetoed_by)
from link.edge
semi join own as l on {_side("left", "l")}
semi join own as r on {_side("right", "r")}
where edge_kind in ('rule', 'splink', 'decision')
order by all
"""


def _refused(own: str, other: str) -> str:
    """Return the query of refused edges of which the customer's record is the `own` side."""
    own_key = ", ".join(f"{own}_{column} as {column}" for column in KEY.split(", "))
    other_key = ", ".join(f"{other}_{column} as other_{column}" for column in KEY.split(", "))
    return f"""
        select {own_key}, others.customer_id as other_customer_id, {other_key},
            edge_kind, edge_name, match_weight, vetoed_by
        from link.edge
        inner join link.customer_source_record as owner on {_side(own, "owner")}
        inner join link.customer_source_record as others on {_side(other, "others")}
        where edge_kind in ('vetoed', 'near_miss') and owner.customer_id = $1
            and others.customer_id <> $1
    """


REFUSED = f"""
select * from ({_refused("left", "right")} union all {_refused("right", "left")})
order by match_weight desc, source_system, record_kind, source_record_id,
    other_source_system, other_record_kind, other_source_record_id, edge_name
"""

ACTIVATIONS = """
with activation as (
    select distinct activation, segment, destination, purpose from activate.activation_contact_kind
),
sent as (
    select activation, list(distinct contact_kind order by contact_kind) as contact_kinds
    from activate.activation_row where customer_id = $1 group by activation
),
left_out as (select activation, reason, reason_since, reason_source from activate.audience_exclusion
    where customer_id = $1)
select
    activation.*,
    case when contact_kinds is not null then 'sent' when reason is not null then 'left_out'
        else 'not_in_segment' end as state,
    contact_kinds, reason, reason_since, reason_source
from activation
left join sent using (activation)
left join left_out using (activation)
order by activation
"""

QUERIES = {
    "profile": "select * exclude (customer_id) from golden.golden_profile where customer_id = $1",
    "values": "select * exclude (customer_id) from golden.profile_value where customer_id = $1"
    " order by column_name, position",
    "records": RECORDS,
    "edges": EDGES,
    "refused": REFUSED,
    "old_ids": "select old_customer_id, merged_on from link.customer_id_alias where customer_id = $1 order by all",
    "events": "select * from link.customer_id_event where $1 in (customer_id, other_customer_id)"
    " order by event_number",
    "segments": "select segment, entered_on, left_on from segment.segment_member where customer_id = $1"
    " order by segment, entered_on",
    "contacts": "select * exclude (customer_id) from golden.customer_contact where customer_id = $1"
    " order by contact_kind, contact_rank",
    "consents": "select contact_consent.* exclude (is_granted, proof) from golden.contact_consent"
    " semi join (from golden.customer_contact where customer_id = $1) using (contact_kind, contact_value)"
    " order by contact_kind, contact_value, purpose, channel",
    "activations": ACTIVATIONS,
}
