"""Minting: the id of a cluster to which no id of before belongs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cdp_pipeline.engine.keyed_hash import hmac_pads, hmac_sha256_hex
from cdp_pipeline.link.id_tables import ANCHOR, KEY, MINTING_EVENTS
from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

ID_HEX_DIGITS = 20
"""80 bits: among ten million ids a collision has a chance of 1 in 20 billion."""

ID_TEXT = f"concat_ws(chr(31), {ANCHOR}, $3, cast(ordinal as varchar))"
"""What a customer id is the keyed hash of."""

WITHOUT_ID = f"""
    select cluster_id, {KEY}, customer_id
    from id_move
    where cluster_id is not null and cluster_id not in (select cluster_id from claim)
"""

ORIGIN = f"""
    select cluster_id, origin as split_from
    from (
        select cluster_id, coalesce(customer_id, current_id) as origin
        from without_id
        left join last_seen using ({KEY})
    )
    where origin is not null
    group by cluster_id, origin
    qualify row_number() over (partition by cluster_id order by count(*) desc, origin) = 1
"""
"""The id that most of a cluster's records had: last night, else when they left the sources."""

LAST_SEEN = f"""
    select {KEY}, coalesce(alias.customer_id, former.customer_id) as current_id
    from link.former_customer_record as former
    left join link.customer_id_alias as alias on former.customer_id = old_customer_id
    qualify row_number() over (partition by {KEY} order by left_on desc, former.customer_id) = 1
"""


def create_mints(engine: Engine, project_key: bytes, business_date: date) -> None:
    """Create temp table `minted` (cluster_id, customer_id, split_from, anchor): clusters that no id claims.

    The ordinal tells apart ids that one record anchors within one night, when the night is run again with
    other data: an id is never given out twice.
    """
    inner, outer = hmac_pads(project_key)
    engine.execute(
        f"""
        create or replace temp table minted as
        with without_id as ({WITHOUT_ID}),
        last_seen as ({LAST_SEEN}),
        anchor as (
            select cluster_id, {", ".join(f"{column} as anchor_{column}" for column in RECORD_KEY)}
            from without_id
            qualify row_number() over (partition by cluster_id order by {KEY}) = 1
        ),
        origin as ({ORIGIN}),
        earlier as (
            select {ANCHOR}, count(*) as ordinal
            from link.customer_id_event
            where event in {MINTING_EVENTS} and business_date = cast($3 as date)
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
                {hmac_sha256_hex(ID_TEXT, inner="$2", outer="$1")},
                {ID_HEX_DIGITS}
            ) as customer_id
        from numbered
        """,
        [outer, inner, str(business_date)],
    )
