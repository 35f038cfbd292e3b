"""What linkage keeps between nights, without records that are erased.

Ids are never given out twice, so the ledger keeps erased ids, without the records that anchored them. The state of
linkage forgets every region that an erased record lies in: the next night links the others of it anew, as if they had
just come, and ends where it would have ended without the erased ones. The statistics lose the names that only they had.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cdp_pipeline.engine import quote_identifier
from cdp_pipeline.link.id_tables import ANCHOR_KEY
from cdp_pipeline.link.link_state import SCHEMA
from cdp_pipeline.link.statistics import FREQUENCIES, known_tables

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

ERASED = "erased"
"""Where the alias of an erased id leads: to no customer."""

ERASURE_EVENT, ERASURE_CAUSE = "erase", "erasure"

OF_REGION = ("node", "block", "shared_group", "record")
"""Tables of the state with a column `region`; the last one tells which records have none any more."""


def forget_regions(engine: Engine, records: str) -> dict[str, int]:
    """Delete every region of the state that one of the records lies in; returns the rows deleted by table.

    Args:
        records: query of source_system, record_kind, source_record_id.
    """
    if not engine.table_exists(f"{SCHEMA}.record"):
        return {}
    engine.execute(
        f"""
        create or replace temp table erased_region as
        select distinct region from {SCHEMA}.record
        where record_id in (select hash(a, b, c) from ({records}) as erased(a, b, c))
        """
    )
    tables = {f"{SCHEMA}.{name}": "region in (from erased_region)" for name in OF_REGION}
    tables[f"{SCHEMA}.unclustered"] = f"record_id not in (select record_id from {SCHEMA}.record)"
    deleted = {
        table: int(engine.fetch_value(f"delete from {table} where {condition}"))
        for table, condition in tables.items()
    }
    engine.execute("drop table temp.erased_region")
    return deleted


def forget_names(engine: Engine) -> dict[str, int]:
    """Delete from the statistics what no remaining record bears; returns the rows deleted by table.

    Call it when `link.linkage_record` has only the remaining records. Counts stay as the last full linkage made them.
    """
    if not engine.table_exists("link.linkage_record"):
        return {}
    texts = [name for name, kind in engine.describe("from link.linkage_record").items() if kind == "VARCHAR"]
    values = " union ".join(
        f"select {name} as value from link.linkage_record union select unnest(string_split({name}, ' '))"
        " from link.linkage_record"
        for name in texts
    )
    engine.execute(
        f"create or replace temp table borne as select value from ({values}) where value is not null"
    )
    deleted = {}
    for table in known_tables(engine, SCHEMA):
        name = f"{SCHEMA}.{quote_identifier(table)}"
        borne = " and ".join(
            f"{column} in (from borne)" for column in _named_in(table, list(engine.describe(f"from {name}")))
        )
        if borne:
            deleted[name] = int(engine.fetch_value(f"delete from {name} where not coalesce({borne}, true)"))
    engine.execute("drop table temp.borne")
    return deleted


def _named_in(table: str, columns: list[str]) -> list[str]:
    """Return the columns of a table of statistics that hold what people are called."""
    if table.startswith(FREQUENCIES):
        return [column for column in columns if not column.startswith("tf_")]
    known = {
        "given_name_root": ["given_name_key"],
        "family_word": ["word"],
        "given_word": ["word"],
        "namesake": ["given_name", "family_name"],
    }
    return known.get(table, [])


def forget_mailboxes(engine: Engine, emails: str) -> int:
    """Delete the erased people's mailboxes from the list of common ones; returns the rows deleted.

    Args:
        emails: query of addresses.
    """
    table = f"{SCHEMA}.common_mailbox"
    if not engine.table_exists(table):
        return 0
    return int(
        engine.fetch_value(
            f"delete from {table} where mailbox in (select split_part(e, '@', 1) from ({emails}) as t(e))"
        )
    )


def erase_ids(engine: Engine, customer_ids: str, records: str, on: date) -> None:
    """Let ids lead to `erased`, and say so in the ledger, which forgets who anchored them.

    Does nothing twice. Must run inside a transaction.

    Args:
        customer_ids: query of ids, those that were merged into others among them.
        records: query of source_system, record_kind, source_record_id; they may have anchored somebody else's id.
        on: business date of the night that the tables are of.
    """
    ids = f"({customer_ids})"
    if engine.table_exists("link.customer_id_event"):
        anchors = ", ".join(f"{column} = null" for column in ANCHOR_KEY)
        engine.execute(
            f"update link.customer_id_event set {anchors}"
            f" where customer_id in {ids} or ({', '.join(ANCHOR_KEY)}) in ({records})"
        )
        engine.execute(
            f"""
            insert into link.customer_id_event by name
            select
                (select coalesce(max(event_number), 0) from link.customer_id_event)
                    + row_number() over (order by customer_id) as event_number,
                cast($1 as date) as business_date,
                '{ERASURE_EVENT}' as event,
                customer_id,
                '{ERASURE_CAUSE}' as cause
            from (
                select distinct customer_id from link.customer_id_event where customer_id in {ids}
                except
                select customer_id from link.customer_id_event where event = '{ERASURE_EVENT}'
            )
            order by customer_id
            """,
            [str(on)],
        )
    if engine.table_exists("link.customer_id_alias"):
        engine.execute(f"delete from link.customer_id_alias where old_customer_id in {ids}")
        engine.execute(
            f"insert into link.customer_id_alias by name select distinct * , '{ERASED}' as customer_id,"
            f" cast($1 as date) as merged_on from {ids} as erased(old_customer_id) order by old_customer_id",
            [str(on)],
        )
    if engine.table_exists("link.issued_household_id"):
        engine.execute(
            f"update link.issued_household_id set anchor_customer_id = null where anchor_customer_id in {ids}"
        )
