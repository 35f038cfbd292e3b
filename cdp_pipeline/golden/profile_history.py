"""How each profile looked, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.lookup import find_table_contract, name_hint
from cdp_pipeline.engine import quote_identifier
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.golden.intervals import start_from_last_night

if TYPE_CHECKING:
    from cdp_pipeline.contracts.table import TableContract
    from cdp_pipeline.night import Night

TABLE = "golden.profile_history"
FRAME = ("customer_id", "valid_from", "valid_to", "begun_by", "ended_by", "merged_into")
"""Columns about the interval; all others are the profile's."""


def build_profile_history(night: Night) -> None:
    """Bring `golden.profile_history`, one row per customer and interval with the same values, up to this night.

    Which columns of the profile it follows is told by its contract. Must run inside the transaction of the table's
    rebuild.

    Raises:
        ConfigError: the contract names a column that the profile does not have.
    """
    tonight = night.business_date
    columns = followed_columns(night, start_from_last_night(night, "profile_history"))
    night.engine.execute(CHANGED_PROFILES.format(differ=_differ(columns)), [tonight])
    night.engine.execute(END_INTERVALS, [tonight])
    night.engine.execute(BEGIN_INTERVALS.format(columns=", ".join(columns)), [tonight])
    night.engine.execute("drop table temp.changed_profile")


def followed_columns(night: Night, contract: TableContract) -> list[str]:
    """Return the columns of the profile that the history follows, quoted.

    Raises:
        ConfigError: the profile does not have one of them.
    """
    names = [name for name in contract.column_names if name not in FRAME]
    profile = find_table_contract(night.project.sql_folders, "golden", "golden_profile").column_names
    for name in names:
        if name not in profile:
            raise ConfigError(
                f"dbt_like_sql/golden/profile_history.yml: golden_profile has no column {name!r}. "
                f"{name_hint(name, profile)}"
            )
    return [quote_identifier(name) for name in names]


def _differ(columns: list[str]) -> str:
    """Return the condition that an interval and the profile of tonight do not say the same."""
    return " or ".join(f"before.{column} is distinct from now.{column}" for column in columns)


CHANGED_PROFILES = f"""
create or replace temp table changed_profile as
with before as (
    select * from {TABLE} where valid_to is null
),
differing as (
    select
        coalesce(now.customer_id, before.customer_id) as customer_id,
        before.customer_id is not null as was_there,
        now.customer_id is not null as is_there
    from before
    full join golden.golden_profile as now on before.customer_id = now.customer_id
    where before.customer_id is null or now.customer_id is null or {{differ}}
),
parted as (
    select distinct customer_id
    from golden.membership_history
    where valid_to = cast($1 as date) and ended_by in ('split', 'moved')
),
-- Of a night run several times: that an id is new says more than what befell it since.
ledger as (
    select customer_id, event
    from link.customer_id_event
    where business_date = cast($1 as date) and event in ('mint', 'split', 'undo', 'return')
    qualify row_number() over (
        partition by customer_id
        order by case when event in ('mint', 'split') then 0 else 1 end, event_number desc
    ) = 1
)
select
    differing.customer_id,
    was_there,
    is_there,
    case
        when was_there then 'changed'
        when event = 'mint' then 'added'
        when event = 'split' then 'split'
        when event = 'undo' then 'undone'
        when event = 'return' then 'returned'
        else 'recorded'
    end as begun_by,
    case
        when is_there and parted.customer_id is not null then 'split'
        when is_there then 'changed'
        when alias.customer_id is not null then 'merged'
        else 'retired'
    end as ended_by,
    case when not is_there then alias.customer_id end as merged_into
from differing
left join parted on differing.customer_id = parted.customer_id
left join ledger on differing.customer_id = ledger.customer_id
left join link.customer_id_alias as alias on differing.customer_id = alias.old_customer_id
"""
"""One row per customer who came, left, or is not as the last night left them."""

END_INTERVALS = f"""
update {TABLE} as history
set valid_to = $1, ended_by = changed_profile.ended_by, merged_into = changed_profile.merged_into
from changed_profile
where was_there and history.valid_to is null and history.customer_id = changed_profile.customer_id
"""

BEGIN_INTERVALS = f"""
insert into {TABLE} by name
select customer_id, cast($1 as date) as valid_from, begun_by, {{columns}}
from changed_profile
inner join golden.golden_profile using (customer_id)
where is_there
order by customer_id
"""
