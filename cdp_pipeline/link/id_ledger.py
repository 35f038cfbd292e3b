"""What happened to the ids tonight: events for the ledger, and where merged ids lead."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cdp_pipeline.link.id_tables import ANCHOR, ANCHOR_KEY

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

NO_ANCHOR = ", ".join(f"cast(null as varchar) as {column}" for column in ANCHOR_KEY)

SURVIVED = """
    select lost.customer_id, survivor.customer_id as survivor_id
    from claim as lost
    inner join claim as survivor using (cluster_id)
    where not lost.is_survivor and survivor.is_survivor
"""
"""Ids whose cluster got another id, with that one."""

NEXT_ALIAS = f"""
    with survived as ({SURVIVED})
    select
        alias.old_customer_id,
        alias.merged_on,
        coalesce(survived.survivor_id, alias.customer_id) as followed_id
    from link.customer_id_alias as alias
    left join survived on alias.customer_id = survived.customer_id
"""
"""Aliases of before, each led on when what it led to was merged tonight."""

HAPPENED = f"""
    with survived as ({SURVIVED}),
    next_alias as ({NEXT_ALIAS})
    select 1 as step, 'return' as event, customer_id, cast(null as varchar) as other_customer_id, {NO_ANCHOR}
    from claim
    where is_survivor and is_former
        and customer_id not in (select old_customer_id from link.customer_id_alias)
        and customer_id not in (select customer_id from id_move where customer_id is not null)
    union all
    select 2, 'undo', claim.customer_id, alias.customer_id, {NO_ANCHOR}
    from claim
    inner join link.customer_id_alias as alias on claim.customer_id = old_customer_id
    where is_survivor
    union all
    select 3, case when split_from is null then 'mint' else 'split' end, customer_id, split_from, {ANCHOR}
    from minted
    union all
    select 4, 'merge', customer_id, survivor_id, {NO_ANCHOR}
    from survived
    where customer_id not in (select old_customer_id from link.customer_id_alias)
    union all
    -- A merged id whose records went over to another customer: it leads there from now on.
    select 5, 'merge', survived.customer_id, survivor_id, {NO_ANCHOR}
    from survived
    inner join next_alias on survived.customer_id = old_customer_id
    where survivor_id <> followed_id
    union all
    select distinct 6, 'retire', customer_id, null, {NO_ANCHOR}
    from id_move
    where cluster_id is null and customer_id is not null and customer_id not in (select customer_id from claim)
"""


def create_happened(engine: Engine) -> None:
    """Create temp table `happened`, one row per event of tonight, without number and cause.

    `step` orders them so that the ledger, read from its beginning, tells at each point which ids are live and
    where the others lead.
    """
    engine.execute(f"create or replace temp table happened as {HAPPENED}")


def append_events(engine: Engine, business_date: date, *, rules_changed: bool) -> None:
    """Append tonight's events to the ledger; their numbers go on from its last.

    Args:
        rules_changed: whether rules or model differ from the last run's.
    """
    engine.execute(
        f"""
        insert into link.customer_id_event
        select
            (select coalesce(max(event_number), 0) from link.customer_id_event)
                + row_number() over (order by step, {ANCHOR}, customer_id),
            cast($1 as date),
            event,
            customer_id,
            other_customer_id,
            case
                when {_is_touched("touched_by_decision")} then 'decision'
                when $2 and not {_is_touched("touched_by_data")} then 'changed_rules'
                else 'new_data'
            end,
            {ANCHOR}
        from happened
        order by 1
        """,
        [str(business_date), rules_changed],
    )


def _is_touched(table: str) -> str:
    return " or ".join(
        f"coalesce({column} in (select customer_id from {table}), false)"
        for column in ("customer_id", "other_customer_id")
    ).join("()")


def replace_aliases(engine: Engine, business_date: date) -> None:
    """Lead every merged id to its customer of tonight, always in one hop; an id that is back leads nowhere."""
    engine.replace_table(
        "link.customer_id_alias",
        f"""
        with survived as ({SURVIVED}),
        next_alias as ({NEXT_ALIAS})
        select
            survived.customer_id as old_customer_id,
            survivor_id as customer_id,
            case when survivor_id = followed_id then merged_on else cast($1 as date) end as merged_on
        from survived
        left join next_alias on survived.customer_id = old_customer_id
        union all
        select old_customer_id, followed_id, merged_on
        from next_alias
        where old_customer_id not in (select customer_id from claim)
        order by old_customer_id
        """,
        [str(business_date)],
    )
