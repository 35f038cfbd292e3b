"""Records that do not tell who they are: newsletter sign-ups, cards without a holder.

They prove nothing about who uses a value, so they never bring two people together: each joins one cluster
at most, and only by a value that means one person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.linkage import LinkKey
from cdp_pipeline.engine import quote_literal
from cdp_pipeline.link.agglomeration import join_without_contradiction

if TYPE_CHECKING:
    from cdp_pipeline.contracts.linkage import Linkage, NamelessSpec
    from cdp_pipeline.engine import Engine


def attach_nameless(workspace: Engine, linkage: Linkage) -> None:
    """Create `nameless_edge` (left_record, right_record, edge_name, match_weight) and update `assignment`.

    A value with one cluster of named records takes the nameless records in; what is left over joins its
    like, since a mailbox without any name is one profile. A record joins by the first key that serves.
    """
    workspace.execute(
        "create or replace table nameless_edge "
        "(left_record bigint, right_record bigint, edge_name varchar, match_weight double)"
    )
    # A cluster joined by a must-link may hold both kinds; its records are then no longer nameless.
    workspace.replace_table(
        "nameless",
        """
        select
            record,
            cluster,
            case when is_named_by_mailbox then '' else coalesce(family_name_key, '') end as family_name,
            case when is_named_by_mailbox then first_given_name_key end as given_name,
            birth_date,
            name_suffix
        from record inner join assignment using (record)
        where cluster not in (
            select cluster from assignment inner join record using (record) where is_named
        )
        """,
    )
    if workspace.row_count("nameless"):
        words = linkage.collective_mailboxes.words
        for spec in linkage.nameless:
            workspace.execute(f"insert into nameless_edge {_to_one_person(spec, words)}")
        workspace.replace_table(
            "unattached",
            """
            from nameless where cluster not in (
                select cluster from nameless where record in (
                    select unnest([left_record, right_record]) from nameless_edge
                )
            )
            """,
        )
        for spec in linkage.nameless:
            workspace.execute(f"insert into nameless_edge {_among_nameless(spec)}")
    join_without_contradiction(workspace, "nameless_edge")


def _to_one_person(spec: NamelessSpec, collective_words: list[str]) -> str:
    """Return a query of edges from the one cluster that uses a value to the nameless records with it."""
    words = ", ".join(quote_literal(word) for word in collective_words)
    return f"""
        with holder as (
            select key_value, min(record) as left_record, min(cluster) as cluster
            from link_key
            inner join assignment using (record)
            inner join record using (record)
            where
                key_kind = '{spec.key}'
                and is_named
                and not (
                    key_kind = '{LinkKey.EMAIL}'
                    and regexp_extract(lower(key_value), '^[a-z]+') in ({words})
                )
            group by key_value
            having count(distinct cluster) = 1
        )
        select
            least(left_record, nameless.record) as left_record,
            greatest(left_record, nameless.record) as right_record,
            '{spec.name}' as edge_name,
            cast({spec.match_weight} as double) as match_weight
        from nameless
        inner join link_key on nameless.record = link_key.record and key_kind = '{spec.key}'
        inner join holder using (key_value)
        where
            -- By cluster: records that a must-link joined belong to one person together.
            nameless.cluster not in (
                select joined.cluster
                from nameless as joined
                where joined.record in (
                    select unnest([edge.left_record, edge.right_record]) from nameless_edge as edge
                )
            )
            and {_AGREES_WITH_HOLDER}
        qualify row_number() over (partition by nameless.cluster order by left_record, nameless.record) = 1
    """


_AGREES_WITH_HOLDER = """
    not exists (
        select 1
        from assignment as member inner join record as other on member.record = other.record
        where
            member.cluster = holder.cluster
            and (other.birth_date <> nameless.birth_date or other.name_suffix <> nameless.name_suffix)
    )
    and (
        nameless.family_name = ''
        or exists (
            select 1
            from assignment as member inner join record as other on member.record = other.record
            where member.cluster = holder.cluster and other.family_name_key = nameless.family_name
        )
    )
    and (
        nameless.given_name is null
        or exists (
            select 1
            from assignment as member
            inner join record as other on member.record = other.record
            inner join given_name as own on other.first_given_name_key = own.given_name_key
            inner join given_name as told on nameless.given_name = told.given_name_key
            where member.cluster = holder.cluster and list_has_any(own.roots, told.roots)
        )
    )
"""
"""What a nameless record does say, a family name or a birth date, must not speak against the person."""


def _among_nameless(spec: NamelessSpec) -> str:
    """Return a query of edges among the nameless records that found no one, from each group's first."""
    return f"""
        select first_record, record, '{spec.name}' as edge_name, cast({spec.match_weight} as double)
        from (
            select
                record,
                min(record) over (
                    partition by key_value, family_name, birth_date, name_suffix
                ) as first_record
            from unattached
            inner join link_key using (record)
            where key_kind = '{spec.key}'
        )
        where first_record < record
    """
