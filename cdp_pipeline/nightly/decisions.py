"""What people decided about the gate, copied out of the control database: a night goes by this copy alone.

A decision that is merely not there, since the control database was lost or is another one, was not taken back.
"""

from __future__ import annotations

from typing import Any

from cdp_pipeline.control.releases import decided_files, releases_in_force
from cdp_pipeline.errors import NightError
from cdp_pipeline.night import Night
from cdp_pipeline.validate.quarantine import create_release
from cdp_pipeline.validate.withdrawal import create_taken_back


def read_releases(night: Night) -> None:
    """Copy what is let in into `validate.release`, and what a person took back into `validate.taken_back`.

    Raises:
        NightError: the control database does not know a decision that the night before went by.
    """
    create_release(night)
    create_taken_back(night.engine)
    with night.engine.arrow_view(decided_files(night.project)) as decided:
        lost_sql = LOST.format(decided=decided)
        lost = night.engine.fetch_all(lost_sql)
        if lost and not night.accepts_fewer_rows:
            raise NightError(_lost_in_words(night, lost))
        night.engine.replace_table("validate.taken_back", TAKEN_BACK.format(decided=decided, lost=lost_sql))
    with night.engine.arrow_view(releases_in_force(night.project)) as standing:
        night.engine.execute("delete from validate.release")
        night.engine.execute(f"insert into validate.release by name from {standing}")


def _lost_in_words(night: Night, lost: list[tuple[Any, ...]]) -> str:
    number, file_id = lost[0]
    [path] = night.engine.fetch_column("select path from extract.file where file_id = ?", [file_id]) or [
        file_id
    ]
    more = f", and {len(lost) - 1:,} more" if len(lost) > 1 else ""
    return (
        f"the control database does not know decision {number} about {path}{more}, by which the last night went. What "
        "was let in must not vanish for that. Restore the control database from its backup, or set "
        f"{night.project.settings.control_database_env} as it was. If it is lost for good, run once with "
        "--accept-fewer-rows: what was let in and counts in no published night yet is kept out again, and so are "
        "records that a rule keeps out. Then decide anew."
    )


LOST = """
select distinct r.decision_id, r.file_id
from validate.release as r
anti join {decided} as d on d.decision_id = r.decision_id and d.file_id = r.file_id
order by r.decision_id, r.file_id
"""

TAKEN_BACK = """
select decision_id, file_id from {decided} where is_undone
union
({lost})
order by decision_id, file_id
"""
