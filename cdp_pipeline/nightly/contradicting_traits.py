"""In what two customers contradict each other whom linkage kept apart along a chain of records.

Of such a pair linkage keeps only that there is a contradiction; what it is shows in the records of both.
"""

from __future__ import annotations

from cdp_pipeline.link.contradictions import BIRTH_DATES_CONFLICT
from cdp_pipeline.nightly.record_facts import KEY


def contradicting_traits(pairs: str) -> str:
    """Return the query of what one person cannot have two of, and each pair of customers does.

    Grain: one row per pair. Columns: customer_id, other_customer_id, contradicting: birth_date, name_suffix or name;
    given names are what is left where neither of the others differs.

    Args:
        pairs: query of customer_id, other_customer_id.
    """
    return f"""
        with asked as (select distinct customer_id, other_customer_id from ({pairs})),
        trait as (
            select distinct customer_id, cast(birth_date as varchar) as birth_date, name_suffix
            from standardise.customer_record
            inner join link.customer_source_record using ({KEY})
            where customer_id in (select unnest([customer_id, other_customer_id]) from asked)
        ),
        pair as (
            select
                asked.*,
                own.birth_date as value_l,
                other.birth_date as value_r,
                own.name_suffix <> other.name_suffix as has_two_suffixes
            from asked
            left join trait as own using (customer_id)
            left join trait as other on other_customer_id = other.customer_id
        )
        select
            customer_id,
            other_customer_id,
            case
                when bool_or({BIRTH_DATES_CONFLICT}) then 'birth_date'
                when bool_or(has_two_suffixes) then 'name_suffix'
                else 'name'
            end as contradicting
        from pair
        group by customer_id, other_customer_id
    """
