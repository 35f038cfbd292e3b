"""Sources that hold one record per person: two of their records are rarely one person's.

A CRM, a loyalty programme or a shop's accounts list most people once; orders and receipts repeat them. Which
is which shows in the records that the rules have joined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.namesakes import count_namesakes
from cdp_pipeline.link.statistics import create_unless_known

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

MAX_REPEATED_SHARE = 0.15
"""Of the people in a list of accounts at most this share may be in it twice."""

MINIMUM_PEOPLE = 30
"""In fewer people nothing shows."""


def find_accounts(workspace: Engine, assignment: str) -> None:
    """Create `account` (record, account, person): the records of lists that name a person once, and which list.

    A single list tells nothing apart: then there are no accounts.

    Args:
        assignment: table of record, cluster, as joined by the rules.
    """
    create_unless_known(
        workspace,
        "account_list",
        f"""
        with held as (
            select source_system, record_kind, cluster, count(*) as records
            from record inner join {assignment} using (record)
            where is_named
            group by source_system, record_kind, cluster
        )
        select source_system, record_kind, avg(cast(records > 1 as integer)) as repeated_share
        from held
        group by source_system, record_kind
        having count(*) >= {MINIMUM_PEOPLE} and repeated_share <= {MAX_REPEATED_SHARE}
        """,
    )
    workspace.replace_table(
        "account",
        f"""
        select record, source_system || '/' || record_kind as account, cluster as person
        from record
        inner join account_list using (source_system, record_kind)
        inner join {assignment} using (record)
        where (select count(*) from account_list) > 1
        """,
    )
    count_namesakes(workspace)
