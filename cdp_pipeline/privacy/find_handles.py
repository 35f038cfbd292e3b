"""Which handles a person has: found in the tables of a working file or a published night.

A value that somebody else holds as well, such as a family's e-mail address, is no handle: the other one stays.
Values that only old deliveries hold are found in the raw tables, where those are at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import Engine
from cdp_pipeline.privacy.delivered_handles import add_delivered
from cdp_pipeline.privacy.handles import (
    HANDLE_TABLE,
    OTHERS,
    OWN_CONTACTS,
    OWN_RECORDS,
    RECORD_KEY,
    Handle,
    Handles,
    add_handles,
    handles_in,
    values_of,
)
from cdp_pipeline.privacy.spellings import add_spellings


def find_handles(
    engine: Engine,
    customer_ids: Iterable[str],
    contacts: Iterable[tuple[str, str]] = (),
    *,
    layouts: Mapping[str, Layout] | None = None,
    countries: Mapping[str, str] | None = None,
) -> Handles:
    """Find the handles of customers, and of contacts that may be no customer's.

    Args:
        contacts: kind (email or phone) and value in its normal form.
        layouts: by name; with them the raw tables that the database has are searched, too.
        countries: ISO country in which each source dials.
    """
    layouts, countries = layouts or {}, countries or {}
    asked = [Handle("customer", "", "", customer_id) for customer_id in customer_ids]
    asked += [Handle("contact", "", kind, value) for kind, value in contacts]
    with handles_in(engine, Handles.of(asked)):
        for tables, query in STEPS:
            if all(engine.table_exists(table) for table in tables):
                add_handles(engine, query)
        add_spellings(engine, countries)
        add_delivered(engine, layouts, countries)
        return Handles.of(engine.fetch_all(f"from {HANDLE_TABLE}"))


STEPS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("link.customer_id_alias",),
        f"""
        select 'customer', '', '', old_customer_id from link.customer_id_alias
        where customer_id in {values_of("customer")}
        """,
    ),
    (
        ("link.customer_source_record",),
        f"""
        select 'record', {RECORD_KEY} from link.customer_source_record
        where customer_id in {values_of("customer")}
        """,
    ),
    (
        ("link.former_customer_record", "link.customer_source_record"),
        f"""
        select 'record', {RECORD_KEY} from link.former_customer_record
        anti join ({OTHERS}) using ({RECORD_KEY})
        where customer_id in {values_of("customer")}
        """,
    ),
    (
        ("standardise.contact_point", "link.customer_source_record"),
        f"""
        select 'contact', '', contact_kind, contact_value from standardise.contact_point
        where contact_value is not null and ({RECORD_KEY}) in ({OWN_RECORDS})
        except
        select 'contact', '', contact_kind, contact_value from standardise.contact_point
        semi join ({OTHERS}) using ({RECORD_KEY})
        """,
    ),
    (
        ("standardise.external_id", "link.customer_source_record"),
        f"""
        select 'external_id', '', id_kind, id_value from standardise.external_id
        where ({RECORD_KEY}) in ({OWN_RECORDS})
        except
        select 'external_id', '', id_kind, id_value from standardise.external_id
        semi join ({OTHERS}) using ({RECORD_KEY})
        """,
    ),
    (
        ("standardise.purchase",),
        f"""
        select 'purchase', source_system, '', purchase_id from standardise.purchase
        where ({RECORD_KEY}) in ({OWN_RECORDS})
        """,
    ),
    (
        ("golden.customer_purchase",),
        f"""
        select 'purchase', source_system, '', purchase_id from golden.customer_purchase
        where customer_id in {values_of("customer")}
        """,
    ),
    (
        ("golden.cookie_owner",),
        f"""
        select 'cookie', source_system, '', cookie_id from golden.cookie_owner
        where customer_id in {values_of("customer")}
        """,
    ),
    (
        ("standardise.web_event", "golden.cookie_owner"),
        # A browser on which nobody else was known.
        f"""
        select 'cookie', source_system, '', cookie_id from standardise.web_event
        anti join golden.cookie_owner using (source_system, cookie_id)
        where email is not null
        group by source_system, cookie_id
        having bool_and(('email', email) in ({OWN_CONTACTS}))
        """,
    ),
    (
        ("golden.customer_service_interaction",),
        f"""
        select 'interaction', source_system, '', interaction_id from golden.customer_service_interaction
        where customer_id in {values_of("customer")}
        """,
    ),
    (
        ("standardise.service_interaction",),
        f"""
        select 'interaction', source_system, '', interaction_id from standardise.service_interaction
        where ('email', email) in ({OWN_CONTACTS}) or ('phone', phone) in ({OWN_CONTACTS})
        """,
    ),
)


"""Tables that must be there, and a query of the handles that they tell of those known so far."""
