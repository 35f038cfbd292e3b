"""How much of a published night was linked anew: everything, or what changed."""

from __future__ import annotations

from datetime import date

from pydantic import computed_field

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.engine import Engine
from cdp_pipeline.plural import counted

COLUMNS = {"linked_everything", "linked_records"}


class LinkedAnew(Contract):
    """What linkage did that night.

    Attributes:
        records: records that were linked anew.
        is_everything: whether that was every record; else those that changed, and the records around them.
    """

    records: int
    is_everything: bool

    @computed_field  # type: ignore[prop-decorator]
    @property
    def in_words(self) -> str:
        """Say what was linked anew."""
        if self.is_everything:
            return f"{counted(self.records, 'record')}, everything"
        return f"{counted(self.records, 'record')}, what changed and the records around it"


def linked_anew_on(engine: Engine, business_date: date) -> LinkedAnew | None:
    """Return what was linked anew on a night; nothing for one of an earlier version, which does not tell."""
    if not engine.table_exists("link.linkage_run"):
        return None
    if not COLUMNS.issubset(engine.describe("from link.linkage_run")):
        return None
    for records, everything in engine.fetch_all(LINKED, [business_date]):
        return LinkedAnew(records=records, is_everything=everything)
    return None


LINKED = """
select linked_records, linked_everything from link.linkage_run
where business_date = ? and linked_records is not null and linked_everything is not null
"""
