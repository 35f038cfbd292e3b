"""What one record says besides names, as lists of values that people can read.

A query that uses these has a CTE `own` with the record keys of which it tells.
"""

from __future__ import annotations

from cdp_pipeline.link.workspace import RECORD_KEY

KEY = ", ".join(RECORD_KEY)

_FACTS = {
    "contacts": (
        "standardise.contact_point",
        "coalesce(contact_value, delivered_value) || coalesce(' (' || invalid_reason || ')', '')",
    ),
    "addresses": (
        "standardise.postal_address",
        "concat_ws(', ', street, nullif(concat_ws(' ', postcode, city), ''), country)",
    ),
    "external_ids": ("standardise.external_id", "replace(id_kind, '_', ' ') || ' ' || id_value"),
}


def _of_own(name: str, table: str, value: str) -> str:
    return f"""
        {name} as (
            select {KEY}, list(distinct {value} order by {value}) as {name}
            from {table} semi join own using ({KEY})
            where {value} <> '' group by {KEY}
        )
    """


FACTS_OF_OWN = ",".join(_of_own(name, table, f"({value})") for name, (table, value) in _FACTS.items())
"""CTEs contacts, addresses and external_ids: record key and list of values, of records that have any."""

JOIN_FACTS = " ".join(f"left join {name} using ({KEY})" for name in _FACTS)
