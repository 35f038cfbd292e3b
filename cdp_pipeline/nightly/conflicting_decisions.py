"""Decisions that contradict each other, as a published night found them; people must take one of them back."""

from __future__ import annotations

from pydantic import computed_field

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.engine import Engine

SHOWN_NUMBERS = 5


class ConflictingDecisions(Contract):
    """A never-link, which holds, and the must-links that are not applied because of it; numbers of decisions."""

    never_link: int
    must_links: list[int]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def in_words(self) -> str:
        """Say what contradicts what, what holds meanwhile, and the way out."""
        one = len(self.must_links) == 1
        numbers = ", ".join(map(str, self.must_links[:SHOWN_NUMBERS]))
        more = (
            f" and {len(self.must_links) - SHOWN_NUMBERS:,} more"
            if len(self.must_links) > SHOWN_NUMBERS
            else ""
        )
        return (
            f"match decision {self.never_link} keeps two records apart that {'decision' if one else 'decisions'} "
            f"{numbers}{more} would make one person: they stay apart, and {'that one is' if one else 'those are'} not "
            "applied. Take back what is wrong (cdp link decisions, cdp link decide --undo)."
        )


def conflicting_decisions(engine: Engine) -> list[ConflictingDecisions]:
    """Return the contradictions of a published night, by number; a night of before decisions has none."""
    if not engine.table_exists("link.decision_conflict"):
        return []
    return [
        ConflictingDecisions(never_link=never_link, must_links=must_links)
        for never_link, must_links in engine.fetch_all(CONFLICTS)
    ]


CONFLICTS = """
select never_link_decision_id, list(must_link_decision_id order by must_link_decision_id)
from link.decision_conflict group by never_link_decision_id order by never_link_decision_id
"""
