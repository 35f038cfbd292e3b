"""Which cluster of tonight each id that was ever given out belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.id_tables import ANCHOR, KEY, MINTING_EVENTS
from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

MINTED_BY = f"""
    select customer_id, event_number as age_rank, {ANCHOR}
    from link.customer_id_event where event in {MINTING_EVENTS}
"""


ALWAYS = "date '0001-01-01'"
"""Since when an id has had its own records."""


def create_claims(engine: Engine) -> None:
    """Create temp table `claim`, one row per id with records among tonight's: the cluster that is its home.

    Columns: customer_id, cluster_id; is_former, whether it stands on former records alone; age_rank, smaller
    for an older id; lived_until, the last night on which a former one lost a record; is_survivor, whether the
    cluster gets this id. A live id goes before a former one, however old: what did not change keeps its id. Of
    former ones the one that lived last comes first: it is what the records had before they lost it.
    """
    _create_live_claims(engine)
    _add_former_claims(engine)
    engine.execute(
        """
        create or replace temp table claim as
        select
            *,
            row_number() over (
                partition by cluster_id order by is_former, lived_until desc, age_rank
            ) = 1 as is_survivor
        from claim
        """
    )


SETTLED = """
    select customer_id, cluster_id
    from (
        select customer_id, min(cluster_id) as cluster_id, count(*) as records
        from id_move
        where customer_id is not null
        group by customer_id
        having count(cluster_id) = count(*) and min(cluster_id) = max(cluster_id)
    )
    inner join (select cluster_id, count(*) as records from link.cluster group by cluster_id)
        using (cluster_id, records)
"""
"""Ids with the very records that they had last night, and no others: nearly all, on most nights."""


def _create_live_claims(engine: Engine) -> None:
    """Create `claim` with the ids of last night's records that are there tonight.

    What is settled claims its cluster alone, without being compared. Else records weigh more the earlier they came by
    a merged id, own ones most: else an id that has lost its anchor would go with the larger half when the merge is
    undone, to people who never had it before.
    """
    engine.execute(
        f"""
        create or replace temp table claim as
        with minted_by as ({MINTED_BY}),
        settled as materialized ({SETTLED}),
        overlap as (
            select
                customer_id,
                cluster_id,
                age_rank,
                bool_or({_is_anchor("id_move")}) as has_anchor,
                min(coalesce(joined_on, {ALWAYS})) as first_joined_on,
                count(*) filter (joined_on is null) as own_records,
                count(*) as records,
                min({_key_of("id_move")}) as first_record
            from id_move
            anti join settled using (cluster_id)
            inner join minted_by using (customer_id)
            where cluster_id is not null
            group by customer_id, cluster_id, age_rank
        )
        select customer_id, cluster_id, false as is_former, cast(null as date) as lived_until, age_rank
        from overlap
        qualify row_number() over (
            partition by customer_id
            order by has_anchor desc, first_joined_on, own_records desc, records desc, first_record
        ) = 1
        union all
        select customer_id, cluster_id, false, null, null from settled
        """
    )


def _add_former_claims(engine: Engine) -> None:
    """Add the merged and retired ids, by the records that they held.

    What an id held in the end weighs more than records that had left it before.
    """
    engine.execute(
        f"""
        insert into claim
        with minted_by as ({MINTED_BY}),
        former as (
            select *, max(left_on) over (partition by customer_id) as lived_until
            from link.former_customer_record
            where customer_id not in (select customer_id from claim)
        ),
        overlap as (
            select
                customer_id,
                cluster_id,
                lived_until,
                age_rank,
                bool_or(left_on = lived_until and {_is_anchor("former")}) as has_anchor,
                min(coalesce(joined_on, {ALWAYS})) filter (left_on = lived_until) as first_joined_on,
                count(*) filter (left_on = lived_until and joined_on is null) as own_records,
                count(*) filter (left_on = lived_until) as last_records,
                count(*) as records,
                min({_key_of("former")}) as first_record
            from former
            inner join link.cluster using ({KEY})
            inner join minted_by using (customer_id)
            group by customer_id, cluster_id, lived_until, age_rank
        )
        select customer_id, cluster_id, true, lived_until, age_rank
        from overlap
        qualify row_number() over (
            partition by customer_id
            order by
                has_anchor desc, first_joined_on nulls last, own_records desc,
                last_records desc, records desc, first_record
        ) = 1
        """
    )


def _is_anchor(table: str) -> str:
    return "(" + " and ".join(f"minted_by.anchor_{column} = {table}.{column}" for column in RECORD_KEY) + ")"


def _key_of(table: str) -> str:
    return "row(" + ", ".join(f"{table}.{column}" for column in RECORD_KEY) + ")"
