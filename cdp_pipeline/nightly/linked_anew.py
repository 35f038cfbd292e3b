"""How much of a published night was linked anew: what changed, or everything, and why."""

from __future__ import annotations

from datetime import date

from pydantic import computed_field

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.contracts.linkage import FullLinkage
from cdp_pipeline.engine import Engine
from cdp_pipeline.plural import counted

COLUMNS = {"linked_everything", "linked_records", "rules_fingerprint", "model_fingerprint"}


class LinkedAnew(Contract):
    """What linkage did that night.

    Attributes:
        records: records that were linked anew.
        is_everything: whether that was every record; else those that changed, and the records around them.
        because: why it was everything, in words.
    """

    records: int
    is_everything: bool
    because: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def in_words(self) -> str:
        """Say what was linked anew."""
        if self.is_everything:
            because = f" ({self.because})" if self.because else ""
            return f"{counted(self.records, 'record')}, everything{because}"
        return f"{counted(self.records, 'record')}, what changed and the records around it"


def linked_anew_on(engine: Engine, business_date: date, limits: FullLinkage) -> LinkedAnew | None:
    """Return what was linked anew on a night; nothing for one of an earlier version, which does not tell."""
    if not engine.table_exists("link.linkage_run"):
        return None
    if not COLUMNS.issubset(engine.describe("from link.linkage_run")):
        return None
    for records, everything, is_first, is_changed in engine.fetch_all(LINKED, [business_date]):
        because = _because(records, limits, is_first=is_first, is_changed=is_changed) if everything else ""
        return LinkedAnew(records=records, is_everything=everything, because=because)
    return None


def _because(records: int, limits: FullLinkage, *, is_first: bool, is_changed: bool) -> str:
    """Tell what the night shows; of the other reasons it keeps no trace, so they are named together."""
    if records <= limits.up_to_records:
        return f"always up to {limits.up_to_records:,}"
    if is_first:
        return "the first night"
    if is_changed:
        return "rules or model changed"
    return f"--full, a new engine, or {limits.changed_share:.0%} changed"


LINKED = """
with run as (
    select
        *,
        lag(rules_fingerprint || model_fingerprint) over (order by business_date) as went_by_before
    from link.linkage_run
)
select
    linked_records,
    linked_everything,
    went_by_before is null as is_first,
    coalesce(went_by_before <> rules_fingerprint || model_fingerprint, false) as is_changed
from run
where business_date = ? and linked_records is not null and linked_everything is not null
"""
