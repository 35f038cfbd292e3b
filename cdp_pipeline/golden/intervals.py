"""Histories by intervals: a row stands from `valid_from` up to, but without, `valid_to`; null means that it still does.

A night takes back what an earlier run of the same business date wrote, then ends and begins only what differs. So the
table grows with change, not with nights, and a night run again ends in the same rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.lookup import find_table_contract
from cdp_pipeline.sql_project.kept_tables import keep_table

if TYPE_CHECKING:
    from cdp_pipeline.contracts.table import TableContract
    from cdp_pipeline.night import Night

END = ("valid_to", "ended_by", "merged_into")
"""Columns that are null while an interval lasts; a table has those of its contract."""


def start_from_last_night(night: Night, model: str) -> TableContract:
    """Bring `golden.<model>` to what it was before this business date, empty in its first night.

    Returns:
        Its contract.
    """
    contract = find_table_contract(night.project.sql_folders, "golden", model)
    table, tonight = f"golden.{model}", night.business_date
    keep_table(night.engine, table, contract)
    night.engine.execute(f"delete from {table} where valid_from >= ?", [tonight])
    forgotten = ", ".join(f"{name} = null" for name in END if name in contract.column_names)
    night.engine.execute(f"update {table} set {forgotten} where valid_to >= ?", [tonight])
    return contract
