"""Forgetting people in the histories: their records may have stood in somebody else's profile for a while."""

from __future__ import annotations

from cdp_pipeline.engine import Engine
from cdp_pipeline.privacy.forgetting import RULES, delete_where
from cdp_pipeline.privacy.handles import OWN_RECORDS, RECORD_KEY, values_of

MEMBERSHIPS, PROFILES = "golden.membership_history", "golden.profile_history"


def forget_memberships(engine: Engine, table: str) -> int:
    """Forget the people's rows of the history of memberships, and before it what other profiles said by them.

    Of another customer who had records of theirs for a while, the intervals go that began and ended in that time: their
    values may be the person's. Others stood before the records came, or still did when they had left. Returns how many
    rows that touched.
    """
    touched = 0
    if engine.table_exists(PROFILES):
        touched = delete_where(engine, PROFILES, SAID_BY_THEM.format(table=table))
        engine.execute(
            f"update {PROFILES} set merged_into = null where merged_into in {values_of('customer')}"
        )
    own = RULES[tuple(RECORD_KEY.split(", "))], RULES[("customer_id",)]
    return touched + delete_where(engine, table, " or ".join(own))


SAID_BY_THEM = f"""
    (customer_id, valid_from) in (
        with stay as (
            select customer_id, min(valid_from) as came_on, max(valid_to) as left_on
            from {{table}}
            where ({RECORD_KEY}) in ({OWN_RECORDS})
            group by customer_id
        )
        select customer_id, valid_from
        from {PROFILES}
        inner join stay using (customer_id)
        where valid_from >= came_on and valid_to <= left_on
    )
"""
