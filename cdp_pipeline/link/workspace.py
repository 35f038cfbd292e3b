"""The in-memory database in which records are compared.

Linkage writes and joins many short-lived tables. In memory that is about twice as fast as in the working
file, and nothing of it, Splink's tables included, can be left behind there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from cdp_pipeline.contracts.linkage import SHAREABLE_KEYS, Linkage, LinkKey
from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.link.attributes import add_attributes
from cdp_pipeline.link.contradictions import add_likely_spellings, create_given_names
from cdp_pipeline.link.mailboxes import add_mailboxes, read_names
from cdp_pipeline.link.shared_values import create_shared_values, drop_shared_values

RECORD_KEY = ("source_system", "record_kind", "source_record_id")

NUMBERED_RECORD = """
    select row_number() over (order by source_system, record_kind, source_record_id) - 1 as record, *
    from {table}
"""
"""Records get numbers from 0 in the order of their keys, so that arrays can stand for them and every tie
breaks the same way whatever the order of the rows."""

RECORD_KEY_VALUES = {
    LinkKey.FAMILY_NAME: "family_name_key",
    LinkKey.NAME_IN_ANY_ORDER: "name_in_any_order_key",
    LinkKey.BIRTH_DATE: "cast(birth_date as varchar)",
    LinkKey.POSTCODE: "postcode_key",
    LinkKey.STREET: "street_key",
    LinkKey.CITY: "city_key",
}


@contextmanager
def open_workspace(warehouse: Engine, linkage: Linkage, options: EngineOptions) -> Iterator[Engine]:
    """Open an in-memory engine that holds what linkage needs of the warehouse.

    Its tables:

    * `record`: a number for each record, 0 to n-1, with linkage_record's columns; is_named, whether it tells
      who the person is; is_named_by_mailbox, whether its name was only read off its e-mail; shuffle, a number
      drawn from the key that breaks ties;
    * `link_key` (record, key_kind, key_value): what records can have in common, without the values that too
      many people share;
    * `trait` (record, trait_kind, trait_value): what one person cannot have two of;
    * `given_name_root`, `given_name`: what is known of the given names.
    """
    with Engine.open(options=options) as workspace:
        for table in ("linkage_record", "identifier", "given_name_root"):
            _copy(warehouse, workspace, f"link.{table}", table)
        _copy(warehouse, workspace, "standardise.record_attribute", "record_attribute")
        for table in ("match_decision", "decision_conflict"):  # a warehouse of before decisions has none
            if warehouse.table_exists(f"link.{table}"):
                _copy(warehouse, workspace, f"link.{table}", table)
        if warehouse.table_exists("link.shared_value"):  # a warehouse of before shared values has none
            _copy(warehouse, workspace, "link.shared_value", "shared_value")
        else:
            create_shared_values(workspace, linkage, "shared_value", "identifier", "linkage_record")
        drop_shared_values(workspace)
        read_names(workspace)
        workspace.replace_table(
            "record",
            f"""
            select
                numbered.* exclude (given_name_key, first_given_name_key, family_name_key),
                coalesce(numbered.given_name_key, mailbox_name.given_name_key) as given_name_key,
                coalesce(numbered.first_given_name_key, mailbox_name.given_name_key) as first_given_name_key,
                coalesce(numbered.family_name_key, mailbox_name.family_name_key) as family_name_key,
                numbered.given_name_key is not null or birth_date is not null as is_named,
                mailbox_name.given_name_key is not null as is_named_by_mailbox,
                md5_number_lower({" || chr(31) || ".join(RECORD_KEY)}) as shuffle
            from ({NUMBERED_RECORD.format(table="linkage_record")}) as numbered
            left join mailbox_name using ({", ".join(RECORD_KEY)})
            """,
        )
        add_likely_spellings(workspace)
        _create_link_keys(workspace)
        add_mailboxes(workspace)
        add_attributes(workspace, RECORD_KEY)
        _create_traits(workspace)
        create_given_names(workspace)
        yield workspace


def read_records(engine: Engine) -> pa.Table:
    """Return the numbered record keys: record, source_system, record_kind, source_record_id."""
    numbered = NUMBERED_RECORD.format(table="link.linkage_record")
    return engine.fetch_arrow(f"select record, {', '.join(RECORD_KEY)} from ({numbered}) order by record")


def _copy(warehouse: Engine, workspace: Engine, source: str, target: str) -> None:
    with workspace.arrow_view(warehouse.fetch_arrow(f"from {source}")) as view:
        workspace.replace_table(target, f"from {view}")


def _create_link_keys(workspace: Engine) -> None:
    """Collect everything in which records can agree into one long table."""
    of_record = [
        f"select record, '{kind}' as key_kind, {expression} as key_value from record where {expression} <> ''"
        for kind, expression in RECORD_KEY_VALUES.items()
    ]
    kinds = ", ".join(f"'{kind}'" for kind in (*SHAREABLE_KEYS, LinkKey.CRM_MASTER))
    workspace.replace_table(
        "link_key",
        " union all ".join(of_record)
        + f"""
        union all
        select record, '{LinkKey.GIVEN_NAME}', root_key
        from record
        inner join given_name_root on first_given_name_key = given_name_root.given_name_key
        where length(root_key) > 1
        union
        select record, identifier_kind, identifier_value
        from identifier
        inner join record using ({", ".join(RECORD_KEY)})
        where identifier_kind in ({kinds})
        """,
    )


def _create_traits(workspace: Engine) -> None:
    """Collect what speaks against two records being one person when it differs."""
    workspace.replace_table(
        "trait",
        """
        select record, 'birth_date' as trait_kind, cast(birth_date as varchar) as trait_value
        from record where birth_date is not null
        union all
        select record, 'name_suffix', name_suffix from record where name_suffix is not null
        union all
        select record, 'name', given_name_key || '|' || coalesce(family_name_key, '')
        from record where given_name_key is not null and not is_named_by_mailbox
        """,
    )
