"""What people decided about a customer's records: as the night went by it, and what was said since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.control.match_decisions import PAIR, list_matches
from cdp_pipeline.nightly.explain.queries import Labels, Row, key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.control.match_decisions import MatchDecision


def with_words(decisions: Sequence[Row], labels: Labels, project: Project) -> list[Row]:
    """Return the decisions with words, by number: what was decided, its state, and who said so and why.

    Decisions of since the night are told, too: who asks why two records are together wants to know of them.

    Args:
        decisions: rows of the night's `link.match_decision`, with contradicted_by.
    """
    stored = {one.decision_id: one for one in list_matches(project)}
    later = [
        _as_row(one)
        for one in stored.values()
        if one.undone_at is None
        and one.decision_id not in {row["decision_id"] for row in decisions}
        and (tuple(one.left) in labels or tuple(one.right) in labels)
    ]
    of_night = [_told(row, labels, stored.get(row["decision_id"]), is_of_night=True) for row in decisions]
    since = [_told(row, labels, stored[row["decision_id"]], is_of_night=False) for row in later]
    return sorted([*of_night, *since], key=lambda row: row["decision_id"])


def _as_row(one: MatchDecision) -> Row:
    columns = ("decision_id", "decision", *PAIR, "decided_at")
    return {**{name: getattr(one, name) for name in columns}, "contradicted_by": None}


def _told(row: Row, labels: Labels, stored: MatchDecision | None, *, is_of_night: bool) -> Row:
    what = "are one person" if row["decision"] == "must_link" else "are two people"
    sides = [labels.get(key, "/".join(key)) for key in (key_of(row, "left_"), key_of(row, "right_"))]
    return {
        **row,
        "words": f"{sides[0]} and {sides[1]} {what}",
        "state": _state(row, stored, is_of_night=is_of_night),
        "decided_by": stored.decided_by if stored else None,
        "reason": stored.reason if stored else None,
        "expires_on": stored.expires_on if stored else None,
    }


def _state(row: Row, stored: MatchDecision | None, *, is_of_night: bool) -> str:
    if not is_of_night:
        return "not in force that night"
    if stored is not None and stored.undone_at is not None:
        return "in force that night, taken back since"
    if row["contradicted_by"] is not None:
        return f"not applied: it contradicts decision {row['contradicted_by']}"
    return "in force"
