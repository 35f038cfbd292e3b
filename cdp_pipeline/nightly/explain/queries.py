"""The queries by which a customer is explained, over `identified.duckdb` of a published night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdp_pipeline.link.record_sides import is_side
from cdp_pipeline.nightly.contradicting_traits import contradicting_traits
from cdp_pipeline.nightly.explain.consents import CONSENT_QUERIES
from cdp_pipeline.nightly.record_facts import FACTS_OF_OWN, JOIN_FACTS, KEY

Row = dict[str, Any]

Labels = Mapping[tuple[str, ...], str]
"""By record key the short name of a record: R1, R2, …"""


def key_of(row: Row, prefix: str = "") -> tuple[str, ...]:
    """Return the record key that a row holds, perhaps under prefixed names."""
    return tuple(row[f"{prefix}{column}"] for column in KEY.split(", "))


RECORDS = f"""
with own as (select {KEY} from link.customer_source_record where customer_id = $1),
{FACTS_OF_OWN}
select
    own.*, given_name, family_name, name_suffix, birth_date, gender, language, updated_at,
    contacts, addresses, external_ids
from own
left join standardise.customer_record using ({KEY})
{JOIN_FACTS}
order by {KEY}
"""


EDGES = f"""
with own as (select {KEY} from link.customer_source_record where customer_id = $1)
select edge.* exclude (vetoed_by)
from link.edge
semi join own as l on {is_side("l", "left")}
semi join own as r on {is_side("r", "right")}
where edge_kind in ('rule', 'splink', 'decision')
order by all
"""


def _refused(own: str, other: str) -> str:
    """Return the query of refused edges of which the customer's record is the `own` side."""
    own_key = ", ".join(f"{own}_{column} as {column}" for column in KEY.split(", "))
    other_key = ", ".join(f"{other}_{column} as other_{column}" for column in KEY.split(", "))
    return f"""
        select {own_key}, others.customer_id as other_customer_id, {other_key},
            edge_kind, edge_name, match_weight, vetoed_by, comparison_weights
        from link.edge
        inner join link.customer_source_record as owner on {is_side("owner", own)}
        inner join link.customer_source_record as others on {is_side("others", other)}
        where edge_kind in ('vetoed', 'near_miss') and owner.customer_id = $1
            and others.customer_id <> $1
    """


REFUSED = f"""
with refused as ({_refused("left", "right")} union all {_refused("right", "left")}),
contradiction as ({contradicting_traits("select $1 as customer_id, other_customer_id from refused")})
select
    refused.*,
    case when vetoed_by is null or vetoed_by <> 'contradiction' then vetoed_by else contradicting end as contradicting
from refused left join contradiction using (other_customer_id)
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

DECISIONS = f"""
with own as (select {KEY} from link.customer_source_record where customer_id = $1)
select
    match_decision.*,
    (select min(never_link_decision_id) from link.decision_conflict
        where must_link_decision_id = decision_id) as contradicted_by
from link.match_decision
where
    exists (select 1 from own where {is_side("own", "left", "match_decision")})
    or exists (select 1 from own where {is_side("own", "right", "match_decision")})
order by decision_id
"""

QUERIES = {
    "profile": "select * exclude (customer_id) from golden.golden_profile where customer_id = $1",
    "values": "select * exclude (customer_id) from golden.profile_value where customer_id = $1"
    " order by column_name, position",
    "records": RECORDS,
    "edges": EDGES,
    "refused": REFUSED,
    "decisions": DECISIONS,
    "old_ids": "select old_customer_id, merged_on from link.customer_id_alias where customer_id = $1 order by all",
    "events": "select * from link.customer_id_event where $1 in (customer_id, other_customer_id)"
    " order by event_number",
    "segments": "select segment, entered_on, left_on from segment.segment_member where customer_id = $1"
    " order by segment, entered_on",
    "contacts": "select * exclude (customer_id) from golden.customer_contact where customer_id = $1"
    " order by contact_kind, contact_rank",
    **CONSENT_QUERIES,
    "activations": ACTIVATIONS,
    "history": "select * exclude (customer_id) from golden.profile_history where customer_id = $1 order by valid_from",
    "memberships": f"select * exclude (customer_id) from golden.membership_history where customer_id = $1"
    f" order by valid_from, {KEY}",
}

LATER_TABLES = {
    "decisions": "link.match_decision",
    "consent_ledger": "golden.consent_ledger",
    "purposes": "standardise.purpose",
    "history": "golden.profile_history",
    "memberships": "golden.membership_history",
}
"""What a query reads that nights published by older versions do not have."""
