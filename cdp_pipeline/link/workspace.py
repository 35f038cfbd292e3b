"""The in-memory database in which records are compared.

Linkage writes and joins many short-lived tables. In memory that is about twice as fast as in the working
file, and nothing of it, Splink's tables included, can be left behind there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cdp_pipeline.contracts.linkage import SHAREABLE_KEYS, Linkage, LinkKey
from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.link.attributes import add_attributes
from cdp_pipeline.link.given_names import add_likely_spellings, create_given_names
from cdp_pipeline.link.mailboxes import add_mailboxes, read_names
from cdp_pipeline.link.shared_values import create_shared_values, drop_shared_values
from cdp_pipeline.link.short_forms import add_short_forms
from cdp_pipeline.link.statistics import Statistics, create_unless_known, write_statistics

RECORD_KEY = ("source_system", "record_kind", "source_record_id")

NUMBERED_RECORD = """
    select row_number() over (order by source_system, record_kind, source_record_id) - 1 as record, *
    from {table}
"""
"""Records get numbers from 0 in the order of their keys, so that arrays can stand for them and every tie
breaks the same way whatever the order of the rows."""

RECORD_ID = f"hash({', '.join(RECORD_KEY)})"
"""A number that names a record from night to night: joining by it is several times faster than by three texts, and it
is made six times as fast as an md5. Two of ten million records have the same one in one of 370,000 cases; they would
then share their edges. Comparable within one version of the engine."""

RECORD_KEY_VALUES = {
    LinkKey.FAMILY_NAME: "family_name_key",
    LinkKey.NAME_IN_ANY_ORDER: "name_in_any_order_key",
    LinkKey.BIRTH_DATE: "cast(birth_date as varchar)",
    LinkKey.POSTCODE: "postcode_key",
    LinkKey.STREET: "street_key",
    LinkKey.CITY: "city_key",
}


@contextmanager
def open_workspace(
    warehouse: Engine,
    linkage: Linkage,
    options: EngineOptions,
    *,
    records: str | None = None,
    statistics: Statistics | None = None,
) -> Iterator[Engine]:
    """Open an in-memory engine that holds what linkage needs of the warehouse.

    Its tables:

    * `record`: a number for each record, 0 to n-1, with linkage_record's columns; is_named, whether it tells
      who the person is; is_named_by_mailbox, whether its name was only read off its e-mail; shuffle, a number
      drawn from the key that breaks ties;
    * `link_key` (record, key_kind, key_value): what records can have in common, without the values that too
      many people share;
    * `trait` (record, trait_kind, trait_value): what one person cannot have two of;
    * `given_name_root`, `given_name`: what is known of the given names;
    * `family_word`, `common_mailbox`: what is known of the words of mailboxes.

    Args:
        records: table of the warehouse with the numbers (record_id) of the only records to hold; None for all.
        statistics: to go by instead of counting anew.
    """
    with Engine.open(options=options) as workspace:
        write_statistics(workspace, statistics or {})
        _copy_warehouse(warehouse, workspace, linkage, records)
        drop_shared_values(workspace)
        _create_given_name_roots(warehouse, workspace)
        read_names(workspace)
        _create_records(workspace)
        _create_link_keys(workspace)
        add_mailboxes(workspace)
        add_attributes(workspace, RECORD_KEY)
        _create_traits(workspace)
        create_given_names(workspace)
        yield workspace


def _copy_warehouse(warehouse: Engine, workspace: Engine, linkage: Linkage, records: str | None) -> None:
    """Copy the tables that linkage reads; those with a row per record only for the chosen ones."""
    chosen = f" semi join {records} on {RECORD_ID} = record_id" if records else ""
    for table in ("link.linkage_record", "link.identifier", "standardise.record_attribute"):
        _copy(warehouse, workspace, f"{table}{chosen}", table.partition(".")[2])
    for table in ("match_decision", "decision_conflict"):  # a warehouse of before decisions has none
        if warehouse.table_exists(f"link.{table}"):
            _copy(warehouse, workspace, f"link.{table}", table)
    if warehouse.table_exists("link.shared_value"):  # a warehouse of before shared values has none
        _copy(warehouse, workspace, "link.shared_value", "shared_value")
    else:
        create_shared_values(workspace, linkage, "shared_value", "identifier", "linkage_record")


def _copy(warehouse: Engine, workspace: Engine, source: str, target: str) -> None:
    with workspace.arrow_view(warehouse.fetch_arrow(f"from {source}")) as view:
        workspace.replace_table(target, f"from {view}")


def _create_given_name_roots(warehouse: Engine, workspace: Engine) -> None:
    """Create `given_name_root`: as the statistics know it, and with it the names that they do not know yet."""
    _copy(warehouse, workspace, "link.given_name_root", "counted_name_root")
    create_unless_known(workspace, "given_name_root", "from counted_name_root limit 0")
    workspace.replace_table(
        "new_name_root",
        "from counted_name_root anti join given_name_root using (given_name_key)",
    )
    workspace.execute("insert into given_name_root from new_name_root")
    if workspace.row_count("new_name_root"):
        add_short_forms(workspace, "select given_name_key from new_name_root")
        add_likely_spellings(workspace, "select given_name_key from new_name_root")


def _create_records(workspace: Engine) -> None:
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
