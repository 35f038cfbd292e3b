"""The ledger of consent: every decision that a source ever told, with proof, as it was told first.

What a source tells tonight stands in `standardise.consent_event`; tomorrow's export may say something else, or nothing.
The ledger keeps both, and only ever grows: by a decision that is new, and by a note when its source says it no longer.

Which decisions stand follows from the newest entry of each:

* `recorded`: the source says so. It counts.
* `no_longer_stated`: the record is gone, or says something else now. A refusal counts all the same; a grant does not,
  since whoever relies on one must be able to point to where it stands.
* `read_differently`: the record is as it was, and our reading of it changed. The decision was never made; it counts no
  more, neither as a grant nor as a refusal.
"""

from __future__ import annotations

from cdp_pipeline.engine import quote_literal
from cdp_pipeline.night import Night

TABLE = "golden.consent_ledger"
DECISION = "source_system, contact_kind, contact_value, purpose, channel, status, occurred_at"


def build_consent_ledger(night: Night) -> None:
    """Bring `golden.consent_ledger` up to this night; what an earlier run of the night entered is taken back first.

    Grain: one row per decision and night on which it was recorded, fell silent or was read differently.
    """
    tonight = f"cast({quote_literal(night.business_date.isoformat())} as date)"
    night.engine.execute(f"create table if not exists {TABLE} ({COLUMNS})")
    night.engine.execute(f"delete from {TABLE} where recorded_on >= {tonight}")
    night.engine.execute(f"create or replace temporary table known_decision as {NEWEST_ENTRIES}")
    night.engine.execute(
        "create or replace temporary table unstated_decision as"
        f" from known_decision anti join standardise.consent_event using ({DECISION}) where entry = 'recorded'"
    )
    night.engine.execute(f"insert into {TABLE} by name {NEWLY_STATED.format(tonight=tonight)}")
    still_held = _still_held(night)
    night.engine.execute(
        f"insert into {TABLE} by name {UNSTATED.format(tonight=tonight, still_held=still_held)}"
    )
    night.engine.execute("drop table temp.known_decision")
    night.engine.execute("drop table temp.unstated_decision")


COLUMNS = """
recorded_on date, entry varchar, contact_kind varchar, contact_value varchar, purpose varchar, channel varchar,
status varchar, occurred_at timestamp, source_system varchar, origin varchar, proof varchar,
file_id varchar, line bigint
"""

NEWEST_ENTRIES = f"""
from {TABLE} qualify row_number() over (partition by {DECISION} order by recorded_on desc) = 1
"""

# A box that stands empty is delivered as `cleared`; consent_event tells which of them are denials.
NEWLY_STATED = f"""
with told as (
    select
        * exclude (status), case status when 'cleared' then 'denied' else status end as status
    from standardise.delivered_consent
    where contact_value is not null
),
first_told as (
    select {DECISION}, file_id, line
    from told
    left join (select file_id, first_seen_on from extract.file) using (file_id)
    qualify row_number() over (partition by {DECISION} order by first_seen_on nulls last, file_id, line) = 1
)
select {{tonight}} as recorded_on, 'recorded' as entry, {DECISION}, consent_event.origin, consent_event.proof,
    first_told.file_id, first_told.line
from standardise.consent_event
anti join (from known_decision where entry = 'recorded') as known using ({DECISION})
left join first_told using ({DECISION})
order by {DECISION}
"""

UNSTATED = f"""
with held as ({{still_held}})
select unstated.* replace (
    {{tonight}} as recorded_on,
    case when held.file_id is not null then 'read_differently' else 'no_longer_stated' end as entry
)
from unstated_decision as unstated
left join held on unstated.file_id = held.file_id and unstated.line = held.line
order by {DECISION}
"""


def _still_held(night: Night) -> str:
    """Select file_id and line of those records behind unstated decisions that are still their source's word.

    A list that comes anew every night stands in another file each time; that a record in it did not change, its
    history knows.
    """
    there = set(
        night.engine.fetch_column("select table_name from duckdb_tables() where schema_name = 'validate'")
    )
    told = [
        f"select file_id, line from validate.{name}" for name in night.project.used_layouts if name in there
    ]
    if "record_history" in there:
        told.append("select file_id, line from validate.record_history where valid_to is null")
    union = " union all ".join(told) or "select null::varchar as file_id, null::bigint as line where false"
    return f"select distinct file_id, line from ({union}) semi join unstated_decision using (file_id, line)"
