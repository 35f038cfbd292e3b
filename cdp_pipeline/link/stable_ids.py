"""Customer ids that stay: carried over from the night before, minted once, never reused, given back.

All tables of ids change together. They are therefore written by one builder inside one transaction; the
builders of the other tables only see to it that the table exists. A night that is run again finds its own ids
and changes nothing.

An id is *live* (records of tonight have it), *merged* (an alias leads from it to another) or *retired* (all its
records have left). What a merged or retired id held stands in `link.former_customer_record`, so that it can be
given back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.id_causes import create_causes, note_run
from cdp_pipeline.link.id_claims import create_claims
from cdp_pipeline.link.id_ledger import append_events, create_happened, replace_aliases
from cdp_pipeline.link.id_tables import CREATE_TABLES, KEY, create_if_missing
from cdp_pipeline.link.minted_ids import create_mints

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night

TEMPORARY = (
    "id_move",
    "claim",
    "minted",
    "cluster_customer",
    "touched_by_decision",
    "touched_by_data",
    "happened",
    "moved",
)


def build_customer_source_record(night: Night) -> None:
    """Give every cluster its customer id, and record what happened to the ids and why.

    Reads `link.cluster`, `link.linkage_record`, `link.identifier`, the decisions in force, and the tables of
    ids as the last run left them. Writes `link.customer_source_record` (one row per source record), appends to
    `link.customer_id_event`, and brings `link.customer_id_alias`, `link.former_customer_record` and what the
    next night compares with up to date.

    An id goes to the cluster that holds its anchor, the record that minted it, if that was a member last night;
    else to the cluster with most of its own records, those that did not come by an id merged into it; without
    own records, to where those are that came first. Of several live ids in one cluster the oldest survives, the
    others become its aliases. A cluster without a live id gets back the merged or retired id whose
    anchor or most of whose records it holds, of several the one that lived last; only without such a one an id is
    minted.

    Must run inside the transaction of the table's rebuild: the tables change together or not at all.
    """
    engine = night.engine
    for table in CREATE_TABLES:
        create_if_missing(engine, table)
    _create_moves(engine)
    create_claims(engine)
    create_mints(engine, night.project.key, night.business_date)
    _create_cluster_customers(engine)
    create_happened(engine)
    run = create_causes(night)
    append_events(engine, night.business_date, rules_changed=run.rules_changed)
    replace_aliases(engine, night.business_date)
    _keep_former_records(engine, str(night.business_date))
    _replace_customers(engine)
    note_run(engine, run)
    for table in TEMPORARY:
        engine.execute(f"drop table temp.{table}")


def keep_customer_id_alias(night: Night) -> None:
    """See to it that `link.customer_id_alias` exists; its rows come with `link.customer_source_record`."""
    create_if_missing(night.engine, "link.customer_id_alias")


def keep_customer_id_event(night: Night) -> None:
    """See to it that `link.customer_id_event` exists; its rows come with `link.customer_source_record`."""
    create_if_missing(night.engine, "link.customer_id_event")


def keep_former_customer_record(night: Night) -> None:
    """See to it that `link.former_customer_record` exists; its rows come with `link.customer_source_record`."""
    create_if_missing(night.engine, "link.former_customer_record")


def keep_linkage_run(night: Night) -> None:
    """See to it that `link.linkage_run` exists; its rows come with `link.customer_source_record`."""
    create_if_missing(night.engine, "link.linkage_run")


def keep_linked_decision(night: Night) -> None:
    """See to it that `link.linked_decision` exists; its rows come with `link.customer_source_record`."""
    create_if_missing(night.engine, "link.linked_decision")


def keep_record_fingerprint(night: Night) -> None:
    """See to it that `link.record_fingerprint` exists; its rows come with `link.customer_source_record`."""
    create_if_missing(night.engine, "link.record_fingerprint")


def _create_moves(engine: Engine) -> None:
    """Create temp table `id_move`, one row per record of last night or tonight.

    customer_id is the one of last night, null for a record that is new; cluster_id is the one of tonight, null
    for a record that has left. joined_on is null for the id's own records: else the night on which they came
    by an id that was merged in.
    """
    engine.execute(
        f"""
        create or replace temp table id_move as
        with merged_in as (
            select {KEY}, alias.customer_id, max(left_on) as joined_on
            from link.former_customer_record as former
            inner join link.customer_id_alias as alias on former.customer_id = alias.old_customer_id
            group by {KEY}, alias.customer_id
        )
        select {KEY}, customer_id, cluster_id, joined_on
        from link.customer_source_record
        full join link.cluster using ({KEY})
        left join merged_in using ({KEY}, customer_id)
        """
    )


def _create_cluster_customers(engine: Engine) -> None:
    """Create temp table `cluster_customer` (cluster_id, customer_id): one row per cluster of tonight."""
    engine.execute(
        """
        create or replace temp table cluster_customer as
        select cluster_id, customer_id from claim where is_survivor
        union all
        select cluster_id, customer_id from minted
        """
    )


def _keep_former_records(engine: Engine, business_date: str) -> None:
    """Keep what ids held that lost a record or ceased to live; forget what they hold again.

    A record that is back while the id lives says nothing more about the past of that id.
    """
    engine.execute(
        f"""
        delete from link.former_customer_record
        where customer_id in (select customer_id from cluster_customer)
            and ({KEY}) in (select ({KEY}) from link.cluster)
        """
    )
    engine.execute(
        f"""
        insert into link.former_customer_record
        select {KEY}, customer_id, cast($1 as date), joined_on
        from id_move
        where customer_id is not null
            and (cluster_id is null or customer_id in (select customer_id from claim where not is_survivor))
        order by {KEY}, customer_id
        """,
        [business_date],
    )


def _replace_customers(engine: Engine) -> None:
    """Write the customers of the records that have another one than last night, and forget the records that left."""
    engine.execute(
        f"""
        create or replace temp table moved as
        select {KEY}, cluster_customer.customer_id
        from id_move left join cluster_customer using (cluster_id)
        where id_move.customer_id is distinct from cluster_customer.customer_id
        """
    )
    engine.execute(f"delete from link.customer_source_record where ({KEY}) in (select ({KEY}) from moved)")
    engine.execute(
        f"""
        insert into link.customer_source_record
        select {KEY}, customer_id from moved where customer_id is not null order by {KEY}
        """
    )
