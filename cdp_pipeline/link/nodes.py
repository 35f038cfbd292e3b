"""Nodes: what the model compares. One node stands for all records that the rules have joined.

Comparing nodes instead of records spares the pairs inside a component, and lets evidence that lies in
different records of one person speak together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.linkage import LinkKey
from cdp_pipeline.link.attributes import attribute_columns, has_attribute
from cdp_pipeline.link.statistics import create_unless_known

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

PREFERRED_VALUES = {
    "given_name": "first_given_name_key",
    "family_name": "family_name_key",
    "birth_date": "cast(birth_date as varchar)",
    "street": "street_key",
    "postcode": "postcode_key",
    "city": "city_key",
}
"""Columns of a node that hold its records' most frequent value."""

VALUE_LISTS = {
    "given_names": LinkKey.GIVEN_NAME,
    "family_names": LinkKey.FAMILY_NAME,
    "emails": LinkKey.EMAIL,
    "phones": LinkKey.PHONE,
    "addresses": LinkKey.ADDRESS,
    "postcodes": LinkKey.POSTCODE,
    "loyalty_numbers": LinkKey.LOYALTY_NUMBER,
    "mailboxes": LinkKey.MAILBOX,
    "named_mailboxes": LinkKey.NAMED_MAILBOX,
    "cookies": LinkKey.COOKIE,
    "consents": LinkKey.CONSENT,
}
"""Columns of a node that hold all values of its records, sorted; null where there is none."""


def create_nodes(workspace: Engine, assignment: str) -> int:
    """Create `node_key` (node, key_kind, key_value) and `node`, the table that Splink compares.

    Args:
        assignment: table of record, cluster; each cluster with a given name becomes a node of its number.

    Returns:
        Number of nodes.
    """
    workspace.replace_table(
        "node_key",
        f"""
        select distinct cluster as node, key_kind, key_value
        from link_key inner join {assignment} using (record)
        """,
    )
    attributes = attribute_columns(workspace)
    preferred = "".join(
        f" left join ({_most_frequent(assignment, expression, name)}) using (node)"
        for name, expression in PREFERRED_VALUES.items()
    ) + "".join(
        f" left join ({_most_frequent_key(assignment, column)}) using (node)" for column in attributes
    )
    lists = ", ".join(
        f"list(key_value order by key_value) filter (where key_kind = '{kind}') as {name}"
        for name, kind in {**VALUE_LISTS, **{f"{column}_values": column for column in attributes}}.items()
    )
    workspace.replace_table(
        "node",
        f"""
        with named as (
            select cluster as node, not bool_or(is_named) and bool_or(is_named_by_mailbox) as reads_name
            from {assignment} inner join record using (record)
            where is_named or is_named_by_mailbox or {has_attribute("record")}
            group by cluster
        ),
        value_list as (select node, {lists} from node_key group by node),
        hints as (
            select cluster as node, list(distinct year_hint order by year_hint) as year_hints
            from year_hint inner join {assignment} using (record)
            group by cluster
        ),
        words as (
            select node, list(distinct word order by word) as given_name_words
            from (
                select cluster as node, unnest(string_split(given_name_key, ' ')) as word
                from record inner join {assignment} using (record)
            )
            where length(word) > 1
            group by node
        ),
        held as (
            select node, list(account order by account) as accounts
            from (
                select distinct cluster as node, account, person
                from account inner join {assignment} using (record)
            )
            group by node
        )
        select
            node as unique_id,
            reads_name,
            {", ".join([*PREFERRED_VALUES, *attributes])},
            {", ".join([*VALUE_LISTS, *(f"{column}_values" for column in attributes)])},
            list_distinct(flatten(list_transform(
                family_names, lambda name: list_append(string_split(name, ' '), name)
            ))) as family_name_words,
            given_name_words,
            year_hints,
            accounts
        from named
        left join value_list using (node)
        left join words using (node)
        left join hints using (node)
        left join held using (node)
        {preferred}
        order by node
        """,
    )
    create_unless_known(workspace, "population", "select count(*) as nodes from node")
    return workspace.row_count("node")


def _most_frequent_key(assignment: str, kind: str) -> str:
    return f"""
        select cluster as node, key_value as {kind}
        from link_key inner join {assignment} using (record)
        where key_kind = '{kind}'
        group by cluster, key_value
        qualify row_number() over (partition by cluster order by count(*) desc, key_value) = 1
    """


def _most_frequent(assignment: str, expression: str, name: str) -> str:
    """Return a query of each node's most frequent value; ties go to the first in the alphabet."""
    return f"""
        select cluster as node, {expression} as {name}
        from record inner join {assignment} using (record)
        where {expression} is not null
        group by cluster, {expression}
        qualify row_number() over (partition by cluster order by count(*) desc, {expression}) = 1
    """
