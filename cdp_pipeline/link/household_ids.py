"""Household ids that stay: carried over by the customers who live there, minted once, never given to others.

A smaller kin of the customer ids. What is known of the past is each customer's household of last night, and the one
that the customer had before households were merged; and every id ever given out, with the customer who anchors it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cdp_pipeline.engine.keyed_hash import hmac_pads, hmac_sha256_hex
from cdp_pipeline.link.minted_ids import ID_HEX_DIGITS

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

HOUSEHOLD, ISSUED = "link.household", "link.issued_household_id"

HOUSEHOLD_TEXT = (
    "concat_ws(chr(31), 'household', anchor_customer_id, $3, cast(coalesce(ordinal, 0) as varchar))"
)
"""What a household id is the keyed hash of."""

CREATE_TABLES = {
    HOUSEHOLD: (
        "customer_id varchar, household_id varchar, former_household_id varchar, joined_by varchar, refused_by varchar"
    ),
    ISSUED: (
        "household_id varchar, age_rank bigint, minted_on date, anchor_customer_id varchar, "
        "current_household_id varchar, ended_on date"
    ),
}

ANCHORED = f"""
    select issued.* exclude (anchor_customer_id), coalesce(alias.customer_id, anchor_customer_id) as anchor_customer_id
    from {ISSUED} as issued
    left join link.customer_id_alias as alias on anchor_customer_id = old_customer_id
"""
"""Every id with the customer who its anchor is today."""


def create_if_missing(engine: Engine) -> None:
    """Create the tables in which household ids are kept from night to night, empty, unless they are there."""
    for table, columns in CREATE_TABLES.items():
        engine.execute(f"create table if not exists {table} ({columns})")


def carry_ids_over(engine: Engine, project_key: bytes, business_date: date) -> None:
    """Give every household of tonight its id, and write both tables.

    Reads temp table `living`: customer_id, household (a number within this night), joined_by, refused_by.

    An id goes with most of its own customers, those who did not come by an id merged into it; among equals with its
    anchor. Of several ids in one household the oldest survives, and the others lead to it. A household without a live
    id gets back the merged or retired one whose anchor or most of whose customers it holds, of several the one that
    ended last. Only without such a one an id is minted. A second run on equal data changes nothing.
    """
    create_if_missing(engine)
    _create_moves(engine)
    _create_claims(engine)
    _add_former_claims(engine)
    _mint(engine, project_key, business_date)
    _create_ids_of_tonight(engine)
    _note_what_happened(engine, business_date)
    _replace_households(engine)
    for table in ("household_move", "household_claim", "household_mint", "household_id_tonight"):
        engine.execute(f"drop table temp.{table}")


def _create_moves(engine: Engine) -> None:
    """Create temp table `household_move`: last night's customers, merged ones followed, with tonight's household."""
    engine.execute(
        f"""
        create or replace temp table household_move as
        with before as (
            select distinct
                coalesce(alias.customer_id, before.customer_id) as customer_id,
                household_id,
                former_household_id
            from {HOUSEHOLD} as before
            left join link.customer_id_alias as alias on before.customer_id = old_customer_id
        )
        select before.*, household
        from before left join living using (customer_id)
        """
    )


def _create_claims(engine: Engine) -> None:
    """Create temp table `household_claim`: one row per id of last night, with the household that is its home.

    Most ids have nothing to weigh: all their customers live together still.

    Columns: household_id, household, is_former, ended_on, age_rank.
    """
    engine.execute(
        f"""
        create or replace temp table household_claim as
        with place as (
            select household_id, min(household) as household, min(household) < max(household) as is_split
            from household_move
            where household is not null
            group by household_id
        ),
        overlap as (
            select
                household_id,
                household_move.household,
                count(distinct customer_id) filter (former_household_id is null) as own_customers,
                count(distinct customer_id) as customers,
                bool_or(customer_id = anchor_customer_id) as has_anchor,
                min(customer_id) as first_customer
            from household_move
            inner join place using (household_id)
            inner join ({ANCHORED}) using (household_id)
            where is_split and household_move.household is not null
            group by household_id, household_move.household
        ),
        home as (
            select household_id, household from place where not is_split
            union all
            select household_id, household
            from overlap
            qualify row_number() over (
                partition by household_id
                order by own_customers desc, customers desc, has_anchor desc, first_customer
            ) = 1
        )
        select household_id, household, false as is_former, cast(null as date) as ended_on, age_rank
        from home inner join {ISSUED} using (household_id)
        """
    )


def _add_former_claims(engine: Engine) -> None:
    """Add the merged and retired ids, at home where their anchor is, else most of those who had them."""
    engine.execute(
        f"""
        insert into household_claim
        with holder as (
            select former_household_id as household_id, customer_id, household, false as is_anchor
            from household_move
            where former_household_id is not null and household is not null
            union all
            select household_id, customer_id, household, true
            from ({ANCHORED}) inner join living on anchor_customer_id = customer_id
        ),
        overlap as (
            select
                household_id,
                household,
                bool_or(is_anchor) as has_anchor,
                count(distinct customer_id) as customers,
                min(customer_id) as first_customer
            from holder
            where household_id not in (select household_id from household_claim)
            group by household_id, household
            qualify row_number() over (
                partition by household_id order by has_anchor desc, customers desc, first_customer
            ) = 1
        )
        select household_id, household, true, ended_on, age_rank
        from overlap inner join {ISSUED} using (household_id)
        where household not in (select household from household_claim)
        """
    )


def _mint(engine: Engine, project_key: bytes, business_date: date) -> None:
    """Create temp table `household_mint` (household, household_id, anchor_customer_id): households that no id claims.

    The ordinal tells apart ids that one customer anchors within one night, as with customer ids.
    """
    inner, outer = hmac_pads(project_key)
    engine.execute(
        f"""
        create or replace temp table household_mint as
        with anchor as (
            select household, min(customer_id) as anchor_customer_id
            from living anti join household_claim using (household)
            group by household
        ),
        earlier as (
            select anchor_customer_id, count(*) as ordinal
            from {ISSUED} where minted_on = cast($3 as date)
            group by anchor_customer_id
        )
        select
            household,
            anchor_customer_id,
            'h_' || left(
                {hmac_sha256_hex(HOUSEHOLD_TEXT, inner="$2", outer="$1")},
                {ID_HEX_DIGITS}
            ) as household_id
        from anchor left join earlier using (anchor_customer_id)
        """,
        [outer, inner, str(business_date)],
    )


def _create_ids_of_tonight(engine: Engine) -> None:
    """Create temp table `household_id_tonight` (household, household_id): one row per household."""
    engine.execute(
        """
        create or replace temp table household_id_tonight as
        select household, household_id
        from household_claim
        qualify row_number() over (partition by household order by is_former, ended_on desc, age_rank) = 1
        union all
        select household, household_id from household_mint
        """
    )


def _note_what_happened(engine: Engine, business_date: date) -> None:
    """Note in `link.issued_household_id` which ids are new, merged, back or ended; merged ones lead on in one hop."""
    night = str(business_date)
    engine.execute(
        f"""
        insert into {ISSUED}
        select
            household_id,
            (select coalesce(max(age_rank), 0) from {ISSUED}) + row_number() over (order by anchor_customer_id),
            cast($1 as date),
            anchor_customer_id,
            household_id,
            null
        from household_mint
        order by anchor_customer_id
        """,
        [night],
    )
    engine.execute(
        f"""
        update {ISSUED} set current_household_id = tonight.household_id
        from household_claim as merged, household_id_tonight as tonight
        where
            current_household_id = merged.household_id
            and merged.household = tonight.household
            and merged.household_id <> tonight.household_id
            and not is_former
        """
    )
    engine.execute(
        f"""
        update {ISSUED} set current_household_id = household_id, ended_on = null
        where household_id in (select household_id from household_id_tonight) and ended_on is not null
        """
    )
    engine.execute(
        f"""
        update {ISSUED} set ended_on = cast($1 as date)
        where household_id not in (select household_id from household_id_tonight) and ended_on is null
        """,
        [night],
    )


def _replace_households(engine: Engine) -> None:
    """Write `link.household`; what a customer had before a merge is kept as long as the merged id lasts."""
    engine.replace_table(
        HOUSEHOLD,
        f"""
        with merged as (
            select customer_id
            from household_move as move
            inner join household_id_tonight as tonight using (household)
            where former_household_id is not null or move.household_id <> tonight.household_id
        ),
        before as (
            select
                customer_id,
                tonight.household_id,
                case when move.household_id = tonight.household_id then former_household_id
                    else move.household_id end as former_household_id
            from household_move as move
            inner join household_id_tonight as tonight using (household)
            inner join {ISSUED} as issued on move.household_id = issued.household_id
            where current_household_id = tonight.household_id and customer_id in (select customer_id from merged)
            qualify row_number() over (
                partition by customer_id
                order by move.household_id = tonight.household_id desc, former_household_id nulls first, age_rank
            ) = 1
        )
        select living.customer_id, household_id, former_household_id, joined_by, refused_by
        from living
        inner join household_id_tonight using (household)
        left join before using (customer_id, household_id)
        order by living.customer_id
        """,
    )
