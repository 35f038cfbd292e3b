"""What a reviewer sees of the customers of queued pairs, over `identified.duckdb` of a published night.

The customers stand in the temporary table `review_customer` (customer_id).
"""

from __future__ import annotations

from cdp_pipeline.link.record_sides import is_side
from cdp_pipeline.nightly.record_facts import FACTS_OF_OWN, JOIN_FACTS, KEY

REVENUE = (
    "select customer_id, sum(revenue_eur) as revenue_eur from segment.purchase_in_euros group by customer_id"
)
NO_REVENUE = "select null::varchar as customer_id, null::decimal(18, 2) as revenue_eur where false"

RECORDS = f"""
with own as (
    select {KEY}, customer_id from link.customer_source_record semi join review_customer using (customer_id)
),
{FACTS_OF_OWN}
select
    {KEY}, customer_id,
    [nullif(concat_ws(' ', given_name, family_name, name_suffix), '')] as names,
    [strftime(birth_date, '%Y-%m-%d')] as birth_dates,
    [gender] as genders,
    contacts, addresses, external_ids as ids
from own
left join standardise.customer_record using ({KEY})
{JOIN_FACTS}
order by {KEY}
"""
"""One row per record: its key, its customer, and lists of what is known of it, in which nulls say nothing."""

EDGES = f"""
select {", ".join(f"{side}_{column}" for side in ("left", "right") for column in KEY.split(", "))}
from link.edge as edge
inner join link.customer_source_record as owner on {is_side("owner", "left")}
semi join review_customer using (customer_id)
where edge_kind in ('rule', 'splink', 'decision')
order by all
"""
"""The edges that hold the customers together."""
