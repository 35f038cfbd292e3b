"""The tables in which customer ids are kept from night to night, and the names of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

KEY = ", ".join(RECORD_KEY)
ANCHOR_KEY = tuple(f"anchor_{column}" for column in RECORD_KEY)
ANCHOR = ", ".join(ANCHOR_KEY)
PAIR_KEY = tuple(f"{side}_{column}" for side in ("left", "right") for column in RECORD_KEY)

MINTING_EVENTS = "('mint', 'split')"
"""Each id has exactly one of these in the ledger: the event that gave it out."""


def _text_columns(names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} varchar" for name in names)


CREATE_TABLES = {
    "link.customer_source_record": f"{_text_columns(RECORD_KEY)}, customer_id varchar",
    "link.customer_id_alias": "old_customer_id varchar, customer_id varchar, merged_on date",
    "link.customer_id_event": (
        "event_number bigint, business_date date, event varchar, customer_id varchar, "
        f"other_customer_id varchar, cause varchar, {_text_columns(ANCHOR_KEY)}"
    ),
    "link.former_customer_record": (
        f"{_text_columns(RECORD_KEY)}, customer_id varchar, left_on date, joined_on date"
    ),
    "link.linkage_run": (
        "business_date date, rules_fingerprint varchar, model_fingerprint varchar, "
        "decisions_fingerprint varchar, linked_everything boolean, linked_records bigint"
    ),
    "link.linked_decision": f"decision_id bigint, decision varchar, {_text_columns(PAIR_KEY)}",
    "link.record_fingerprint": f"{_text_columns(RECORD_KEY)}, fingerprint ubigint",
}


ADDED_COLUMNS = {"link.linkage_run": ("linked_everything boolean", "linked_records bigint")}


def create_if_missing(engine: Engine, table: str) -> None:
    """Create one of the tables, empty, unless it is there."""
    engine.execute(f"create table if not exists {table} ({CREATE_TABLES[table]})")
    for column in ADDED_COLUMNS.get(table, ()):  # to a table that an earlier version made
        engine.execute(f"alter table {table} add column if not exists {column}")
