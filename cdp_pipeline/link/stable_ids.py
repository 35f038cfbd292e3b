"""Customer ids that stay: carried over from the night before, minted once, never reused.

The mapping of records to ids, the alias table and the event ledger change together. They are therefore
written by one builder inside one transaction; the builders of the other two tables only see to it that the
table exists. A night that is run again finds its own ids and changes nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night

KEY = ", ".join(RECORD_KEY)
ANCHOR = ", ".join(f"anchor_{column}" for column in RECORD_KEY)
ID_HEX_DIGITS = 20
"""80 bits: among ten million ids a collision has a chance of 1 in 20 billion."""

SHA256_BLOCK_BYTES = 64

CREATE_TABLES = {
    "link.customer_source_record": f"{KEY.replace(',', ' varchar,')} varchar, customer_id varchar",
    "link.customer_id_alias": "old_customer_id varchar, customer_id varchar, merged_on date",
    "link.customer_id_event": (
        "event_number bigint, business_date date, event varchar, customer_id varchar, "
        f"other_customer_id varchar, cause varchar, {ANCHOR.replace(',', ' varchar,')} varchar"
    ),
}


def build_customer_source_record(night: Night) -> None:
    """Give every cluster its customer id, and record each mint, merge and split.

    Reads `link.cluster` and the three id tables of the night before. Writes `link.customer_source_record`
    (one row per source record) and appends to `link.customer_id_event` and `link.customer_id_alias`.

    An id goes to the cluster that holds its anchor, the record that minted it; if that record is gone, to
    the cluster with most of its records. Of several ids in one cluster the oldest survives, the others
    become its aliases. A cluster without an id mints one: a split when its records had one before.

    Must run inside the transaction of the table's rebuild: the three tables change together or not at all.
    """
    engine = night.engine
    for table in CREATE_TABLES:
        _create_if_missing(engine, table)
    _create_heirs(engine)
    _create_mints(engine, night.project.key, str(night.business_date))
    _append_events(engine, str(night.business_date))
    _append_aliases(engine)
    engine.replace_table(
        "link.customer_source_record",
        f"""
        select {KEY}, coalesce(heir.customer_id, minted.customer_id) as customer_id
        from link.cluster
        left join heir on cluster.cluster_id = heir.cluster_id and heir.is_survivor
        left join minted on cluster.cluster_id = minted.cluster_id
        order by {KEY}
        """,
    )
    for table in ("heir", "minted", "merged"):
        engine.execute(f"drop table temp.{table}")


def keep_customer_id_alias(night: Night) -> None:
    """See to it that `link.customer_id_alias` exists; its rows come with `link.customer_source_record`."""
    _create_if_missing(night.engine, "link.customer_id_alias")


def keep_customer_id_event(night: Night) -> None:
    """See to it that `link.customer_id_event` exists; its rows come with `link.customer_source_record`."""
    _create_if_missing(night.engine, "link.customer_id_event")


def _create_if_missing(engine: Engine, table: str) -> None:
    engine.execute(f"create table if not exists {table} ({CREATE_TABLES[table]})")


def _create_heirs(engine: Engine) -> None:
    """Create temp table `heir` (customer_id, cluster_id, is_survivor): where each id of last night goes."""
    engine.execute(
        f"""
        create or replace temp table heir as
        with minted_by as (
            select customer_id, event_number, {ANCHOR}
            from link.customer_id_event where event in ('mint', 'split')
        ),
        overlap as (
            select
                customer_id,
                cluster_id,
                min(event_number) as age_rank,
                bool_or({_is_anchor()}) as has_anchor,
                count(*) as records,
                min(row(cluster.source_system, cluster.record_kind, cluster.source_record_id)) as first_record
            from link.customer_source_record
            inner join link.cluster using ({KEY})
            inner join minted_by using (customer_id)
            group by customer_id, cluster_id
        ),
        inherited as (
            select customer_id, cluster_id, age_rank
            from overlap
            qualify row_number() over (
                partition by customer_id order by has_anchor desc, records desc, first_record
            ) = 1
        )
        select
            customer_id,
            cluster_id,
            row_number() over (partition by cluster_id order by age_rank) = 1 as is_survivor
        from inherited
        """
    )


def _is_anchor() -> str:
    return " and ".join(f"minted_by.anchor_{column} = cluster.{column}" for column in RECORD_KEY)


def _create_mints(engine: Engine, project_key: bytes, business_date: str) -> None:
    """Create temp table `minted` (cluster_id, customer_id, split_from, anchor): clusters without an id.

    The ordinal tells apart ids that one record anchors within one night, when the night is run again with
    other data: an id is never given out twice.
    """
    inner, outer = hmac_pads(project_key)
    engine.execute(
        f"""
        create or replace temp table minted as
        with without_id as (
            select cluster.cluster_id, {", ".join(f"cluster.{column}" for column in RECORD_KEY)}, customer_id
            from link.cluster
            left join link.customer_source_record using ({KEY})
            where cluster.cluster_id not in (select cluster_id from heir)
        ),
        anchor as (
            select cluster_id, {", ".join(f"{column} as anchor_{column}" for column in RECORD_KEY)}
            from without_id
            qualify row_number() over (partition by cluster_id order by {KEY}) = 1
        ),
        origin as (
            select cluster_id, customer_id as split_from
            from without_id
            where customer_id is not null
            group by cluster_id, customer_id
            qualify row_number() over (partition by cluster_id order by count(*) desc, customer_id) = 1
        ),
        earlier as (
            select {ANCHOR}, count(*) as ordinal
            from link.customer_id_event
            where event in ('mint', 'split') and business_date = cast($3 as date)
            group by {ANCHOR}
        ),
        numbered as (
            select anchor.*, split_from, coalesce(ordinal, 0) as ordinal
            from anchor
            left join origin using (cluster_id)
            left join earlier using ({ANCHOR})
        )
        select
            cluster_id,
            split_from,
            {ANCHOR},
            'c_' || left(
                sha256(
                    $1 || unhex(sha256($2 || encode(
                        concat_ws(chr(31), {ANCHOR}, $3, cast(ordinal as varchar))
                    )))
                ),
                {ID_HEX_DIGITS}
            ) as customer_id
        from numbered
        """,
        [outer, inner, business_date],
    )


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the key's inner and outer pads, so that SQL can compute HMAC-SHA256 (RFC 2104).

    HMAC(key, text) = sha256(outer || sha256(inner || text)); DuckDB has sha256 but no HMAC.
    """
    if len(key) > SHA256_BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(SHA256_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def _append_events(engine: Engine, business_date: str) -> None:
    """Append mints, splits and merges; their numbers go on from the ledger's last."""
    engine.execute(
        """
        create or replace temp table merged as
        select retired.customer_id, survivor.customer_id as survivor_id
        from heir as retired
        inner join heir as survivor on retired.cluster_id = survivor.cluster_id
        where not retired.is_survivor and survivor.is_survivor
        """
    )
    nulls = ", ".join("null" for _ in RECORD_KEY)
    engine.execute(
        f"""
        insert into link.customer_id_event
        with happened as (
            select
                case when split_from is null then 'mint' else 'split' end as event,
                customer_id,
                split_from as other_customer_id,
                case when split_from is null then 'new_records' else 'changed_links' end as cause,
                {ANCHOR}
            from minted
            union all
            select 'merge', customer_id, survivor_id, 'changed_links', {nulls} from merged
        )
        select
            (select coalesce(max(event_number), 0) from link.customer_id_event)
                + row_number() over (order by event, {ANCHOR}, customer_id),
            cast('{business_date}' as date),
            event, customer_id, other_customer_id, cause, {ANCHOR}
        from happened
        order by 1
        """
    )


def _append_aliases(engine: Engine) -> None:
    """Point retired ids, and the aliases that led to them, at the survivor: always one hop."""
    engine.execute(
        """
        update link.customer_id_alias set customer_id = merged.survivor_id
        from merged where customer_id_alias.customer_id = merged.customer_id
        """
    )
    engine.execute(
        """
        insert into link.customer_id_alias
        select merged.customer_id, survivor_id, business_date
        from merged
        inner join link.customer_id_event as event
            on merged.customer_id = event.customer_id and event.event = 'merge'
        order by 1
        """
    )
