"""Who in a database was erased before, told by tombstones alone: a backup brings people back, and only hashes know.

Goes by what tells a person by itself. A phone number does not: it may be somebody else's by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.keyed_hash import hmac_pads, hmac_sha256_hex
from cdp_pipeline.privacy.delivered_handles import HANDLES_OF_IDENTITIES, delivered
from cdp_pipeline.privacy.find_handles import find_handles
from cdp_pipeline.privacy.handles import (
    CONTACT,
    HANDLE_TABLE,
    OWN_RECORDS,
    RECORD_KEY,
    Handles,
    add_handles,
    handles_in,
)

IDENTITIES: Mapping[str, str] = {
    "link.customer_source_record": f"select concat_ws('|', 'record', {RECORD_KEY})",
    "standardise.customer_record": f"select concat_ws('|', 'record', {RECORD_KEY})",
    "standardise.contact_point": "select 'email|' || contact_value",
    "standardise.external_id": "select concat_ws('|', 'external_id', id_kind, id_value)",
    "standardise.purchase": "select concat_ws('|', 'purchase', source_system, purchase_id)",
    "golden.customer_purchase": "select concat_ws('|', 'purchase', source_system, purchase_id)",
    "standardise.web_event": "select concat_ws('|', 'cookie', source_system, cookie_id)",
    "golden.customer_web_event": "select concat_ws('|', 'cookie', source_system, cookie_id)",
    "standardise.service_interaction": "select concat_ws('|', 'interaction', source_system, interaction_id)",
    "golden.contact_consent": "select 'email|' || contact_value",
    "activate.activation_row": "select 'email|' || contact_value",
}
"""Where identities stand in a working file or a published night; what is no e-mail address has another hash."""


def find_tombstoned(
    engine: Engine,
    digests: Iterable[str],
    key: bytes,
    *,
    layouts: Mapping[str, Layout] | None = None,
    countries: Mapping[str, str] | None = None,
) -> Handles:
    """Find the handles of everybody in a database who has a tombstone; none if there is nobody.

    Args:
        key: the project's key of tombstones.
        layouts: by name; with them the raw tables that the database has are searched, too.
        countries: ISO country in which each source dials.
    """
    known = pa.table({"digest": pa.array(sorted(set(digests)), pa.string())})
    if not len(known):
        return Handles(())
    with engine.arrow_view(known) as view:
        engine.execute(f"create or replace temp table known_digest as from {view}")
    try:
        found = Handles.of(
            ["identity", "", "", identity] for identity in _known(engine, key, layouts or {}, countries or {})
        )
    finally:
        engine.execute("drop table if exists temp.known_digest")
    return _widened(engine, found, layouts, countries) if len(found) else found


def _known(
    engine: Engine, key: bytes, layouts: Mapping[str, Layout], countries: Mapping[str, str]
) -> list[str]:
    """Return the identities of the database whose hash is a tombstone."""
    tables = [f"{query} from {table}" for table, query in IDENTITIES.items() if engine.table_exists(table)]
    raw = [f"select identity from ({query})" for query in delivered(engine, layouts, countries)]
    inner, outer = hmac_pads(key)
    found: set[str] = set()
    for query in (*tables, *raw):
        found.update(
            engine.fetch_column(
                f"select identity from (select distinct * from ({query})) as told(identity)"
                " where not starts_with(identity, 'phone|')"
                f" and {hmac_sha256_hex('identity', '$1', '$2')} in (from known_digest)",
                [inner, outer],
            )
        )
    return sorted(found)


def _widened(
    engine: Engine,
    found: Handles,
    layouts: Mapping[str, Layout] | None,
    countries: Mapping[str, str] | None,
) -> Handles:
    """Add the customers whose records they are, and all by which these are known."""
    with handles_in(engine, found):
        add_handles(engine, HANDLES_OF_IDENTITIES)
        told = Handles.of(engine.fetch_all(f"from {HANDLE_TABLE}"))
        customers = (
            engine.fetch_column(
                f"select distinct customer_id from link.customer_source_record where ({RECORD_KEY}) in ({OWN_RECORDS})"
            )
            if engine.table_exists("link.customer_source_record")
            else []
        )
    contacts = [(handle.name, handle.value) for handle in told.of_kind(CONTACT)]
    return told + find_handles(engine, customers, contacts, layouts=layouts, countries=countries)
