"""What a reviewer sees of the customers of queued pairs, over `identified.duckdb` of a published night.

The customers stand in the temporary table `review_customer` (customer_id).
"""

from __future__ import annotations

from cdp_pipeline.link.review_queue import is_side

KEY = "source_system, record_kind, source_record_id"

REVENUE = (
    "select customer_id, sum(revenue_eur) as revenue_eur from segment.purchase_in_euros group by customer_id"
)
NO_REVENUE = "select null::varchar as customer_id, null::decimal(18, 2) as revenue_eur where false"


def _values(name: str, table: str, value: str) -> str:
    """Return a query of the list of a table's values by record."""
    return f"""
        {name} as (
            select {KEY}, list(distinct {value} order by {value}) as {name}
            from {table} semi join own using ({KEY})
            where {value} <> '' group by {KEY}
        )
    """


RECORDS = f"""
with own as (
    select {KEY}, customer_id from link.customer_source_record semi join review_customer using (customer_id)
),
{
    _values(
        "contacts",
        "standardise.contact_point",
        "(coalesce(contact_value, delivered_value) || coalesce(' (' || invalid_reason || ')', ''))",
    )
},
{
    _values(
        "addresses",
        "standardise.postal_address",
        "concat_ws(', ', street, nullif(concat_ws(' ', postcode, city), ''), country)",
    )
},
{_values("ids", "standardise.external_id", "(replace(id_kind, '_', ' ') || ' ' || id_value)")}
select
    {KEY}, customer_id,
    [nullif(concat_ws(' ', given_name, family_name, name_suffix), '')] as names,
    [strftime(birth_date, '%Y-%m-%d')] as birth_dates,
    [gender] as genders,
    contacts, addresses, ids
from own
left join standardise.customer_record using ({KEY})
left join contacts using ({KEY})
left join addresses using ({KEY})
left join ids using ({KEY})
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
