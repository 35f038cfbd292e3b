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
        _create_told_and_known(workspace)
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
        ),
        candidate as (
            select nameless.record, nameless.cluster as own_cluster, holder.cluster, left_record
            from nameless
            inner join link_key on nameless.record = link_key.record and key_kind = '{spec.key}'
            inner join holder using (key_value)
            -- By cluster: records that a must-link joined belong to one person together.
            where nameless.cluster not in (
                select joined.cluster
                from nameless as joined
                where joined.record in (
                    select unnest([edge.left_record, edge.right_record]) from nameless_edge as edge
                )
            )
        ),
        misfit as ({_MISFIT})
        select
            least(left_record, record) as left_record,
            greatest(left_record, record) as right_record,
            '{spec.name}' as edge_name,
            cast({spec.match_weight} as double) as match_weight
        from candidate
        anti join misfit using (record, cluster)
        qualify row_number() over (partition by own_cluster order by left_record, record) = 1
    """


_MISFIT = """
    select candidate.record, candidate.cluster
    from candidate
    inner join told using (record)
    left join known
        on candidate.cluster = known.cluster and told.kind = known.kind and told.value = known.value
    where told.kind in ('family_name', 'given_name')
    group by candidate.record, candidate.cluster, told.kind
    having count(known.value) = 0
    union
    select candidate.record, candidate.cluster
    from candidate
    inner join told using (record)
    inner join known on candidate.cluster = known.cluster and told.kind = known.kind
    where told.kind in ('birth_date', 'name_suffix') and told.value <> known.value
"""
"""What a nameless record does say must not speak against the person: a name that nobody of the cluster bears, a
birth date or a suffix that differs."""


def _create_told_and_known(workspace: Engine) -> None:
    """Create `told` (record, kind, value), what nameless records say, and `known` (cluster, kind, value)."""
    workspace.replace_table(
        "told",
        """
        select record, 'family_name' as kind, family_name as value from nameless where family_name <> ''
        union all
        select record, 'given_name', root_key
        from nameless inner join given_name_root on given_name = given_name_root.given_name_key
        union all
        select record, 'birth_date', cast(birth_date as varchar) from nameless where birth_date is not null
        union all
        select record, 'name_suffix', name_suffix from nameless where name_suffix is not null
        """,
    )
    workspace.replace_table(
        "known",
        """
        with member as (select * from record inner join assignment using (record))
        select distinct cluster, 'family_name' as kind, family_name_key as value from member
        where family_name_key is not null
        union all
        select distinct cluster, 'given_name', root_key
        from member inner join given_name_root on first_given_name_key = given_name_root.given_name_key
        union all
        select distinct cluster, 'birth_date', cast(birth_date as varchar) from member
        where birth_date is not null
        union all
        select distinct cluster, 'name_suffix', name_suffix from member where name_suffix is not null
        """,
    )


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
