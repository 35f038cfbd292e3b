"""What people decided about pairs of records, copied out of the control database: a night goes by this copy alone.

A decision that is merely not there, since the control database was lost or is another one, was not taken back: two
people whom somebody parted must not become one again for that.
"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_decisions import known_matches, matches_in_force
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.engine import Engine
from cdp_pipeline.link.decision_conflicts import PAIR, create_match_decision
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.lost_decisions import refuse_lost
from cdp_pipeline.publish.night_folder import current_night


def read_match_decisions(night: Night) -> None:
    """Copy the decisions that hold on the night's business date into `link.match_decision`.

    Raises:
        NightError: the control database does not know a decision that the night before went by.
    """
    create_match_decision(night)
    with night.engine.arrow_view(known_matches(night.project)) as known:
        lost = night.engine.fetch_all(LOST.format(known=known))
    refuse_lost(
        night,
        [f"match decision {number} ({decision})" for number, decision in lost],
        "What people joined or parted must not change for that.",
        "link.match_decision",
    )
    with night.engine.arrow_view(matches_in_force(night.project, night.business_date)) as standing:
        night.engine.replace_table("link.match_decision", f"from {standing} order by decision_id")


LOST = f"""
select last_night.decision_id, last_night.decision
from link.match_decision as last_night
anti join {{known}} as known
    on last_night.decision_id = known.decision_id and last_night.decision = known.decision
    {" ".join(f"and last_night.{column} = known.{column}" for column in PAIR)}
order by last_night.decision_id
"""


def absent_records(project: Project, records: Collection[RecordKey]) -> set[RecordKey]:
    """Return those that the published night does not hold: decisions about them wait, or name them wrong.

    Without a published night nothing can be said, so none are.
    """
    folder = current_night(project.published)
    if folder is None:
        return set()
    asked = pa.table(
        {
            name: pa.array([record[n] for record in records], pa.string())
            for n, name in enumerate(RecordKey._fields)
        }
    )
    with (
        Engine.open(folder / "identified.duckdb", read_only=True) as engine,
        engine.arrow_view(asked) as view,
    ):
        return {RecordKey(*row) for row in engine.fetch_all(ABSENT.format(asked=view))}


ABSENT = f"""
select {", ".join(RecordKey._fields)} from {{asked}}
anti join link.customer_source_record using ({", ".join(RecordKey._fields)})
"""
