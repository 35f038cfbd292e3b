"""Rule edges: records that agree on the keys of a named rule."""

from __future__ import annotations

from collections.abc import Sequence

from cdp_pipeline.contracts.linkage import RuleSpec


def group_members(keys: Sequence[str], key_table: str, member: str, *, hashed: bool = False) -> str:
    """Return a query of (member, group_key): who agrees on all keys.

    Args:
        key_table: table of `member`, key_kind and key_value.
        member: column that numbers records or nodes.
        hashed: groups get a 64-bit number, which joins faster, instead of their values as text.
    """
    first, *others = [
        f"(select * from {key_table} where key_kind = '{key}') as k{i}" for i, key in enumerate(keys)
    ]
    joined = "".join(f" inner join {other} using ({member})" for other in others)
    values = [f"k{i}.key_value" for i in range(len(keys))]
    # A control character parts the values: it occurs in none, so different lists never look equal.
    group_key = f"hash({', '.join(values)})" if hashed else " || chr(31) || ".join(values)
    return f"select {member}, {group_key} as group_key from {first}{joined}"


def star_edges(rule: RuleSpec) -> str:
    """Return a query of edges from each group's first record to its others: linear in the group's size."""
    members = group_members(rule.keys, "link_key", "record")
    return f"""
        select {_edge_columns("first_record", "record", rule)}
        from (
            select distinct record, min(record) over (partition by group_key) as first_record
            from ({members}) inner join record using (record)
            where {may_use(rule)}
        )
        where first_record < record
    """


def all_pair_edges(rule: RuleSpec) -> str:
    """Return a query of edges between all records of a group within one cluster of `listed_record`.

    Reads `listed_record` (record, cluster) and `listed_key`, the link keys of its records.
    """
    members = group_members(rule.keys, "listed_key", "record")
    return f"""
        with member as (
            select record, cluster, group_key
            from ({members})
            inner join listed_record using (record)
            inner join record using (record)
            where {may_use(rule)}
        )
        select distinct {_edge_columns("l.record", "r.record", rule)}
        from member as l
        inner join member as r using (cluster, group_key)
        where l.record < r.record
    """


def may_use(rule: RuleSpec) -> str:
    """Return the condition on a record.

    One without a given name proves nothing about who uses a value; it joins last, elsewhere.
    """
    return "true" if rule.is_must_link else "is_named"


def _edge_columns(left: str, right: str, rule: RuleSpec) -> str:
    return (
        f"{left} as left_record, {right} as right_record, '{rule.name}' as edge_name, "
        f"cast({rule.match_weight} as double) as match_weight, {rule.is_must_link} as is_must_link"
    )
