"""A queued pair in words, for the terminal and for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.evidence import MISSING_LEVEL
from cdp_pipeline.link.evidence_words import COMPARISONS, chain_words, percentage, veto_words
from cdp_pipeline.link.review_queue import ReviewKind
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from cdp_pipeline.nightly.review.pairs import ReviewPair

KINDS = {ReviewKind.NEAR_EVEN: "close call", ReviewKind.BRIDGE: "bridge", ReviewKind.REFUSED: "refused"}

LEAST_SHOWN = 0.05
"""Match weight (log2) below which a comparison said nothing worth reading."""

DEFAULT_REASON = "looked at both records and the evidence"


def question(pair: ReviewPair) -> str:
    """Return why the pair is asked about."""
    if pair.kind is ReviewKind.REFUSED:
        return f"Kept apart, though {_evidence(pair)}: {_refusal(pair)}."
    if pair.kind is ReviewKind.BRIDGE:
        left, right = (counted(side.record_count, "record") for side in (pair.left, pair.right))
        return f"Joined: this pair alone holds {left} and {right} together, since {_evidence(pair)}."
    return f"{'Joined' if pair.is_joined else 'Kept apart'}, though it is a close call: {_evidence(pair)}."


def _refusal(pair: ReviewPair) -> str:
    return chain_words(pair.contradicting) if pair.contradicting else veto_words(pair.vetoed_by or "")


def _evidence(pair: ReviewPair) -> str:
    if pair.match_probability is None:
        return f"they have {pair.because}" if pair.because.startswith("the same") else pair.because
    return f"the model holds them for one person at {percentage(pair.match_probability)}"


def stake(pair: ReviewPair) -> str:
    """Return what hangs on the decision."""
    return f"{counted(pair.record_count, 'record')}, revenue {pair.revenue_eur:,.2f} EUR"


def weight_words(pair: ReviewPair) -> str:
    """Return the match weight and what it means."""
    if pair.match_probability is None:
        return f"{pair.match_weight:.1f}, declared for the rule {pair.edge_name}"
    return f"{pair.match_weight:.1f}, one person at {percentage(pair.match_probability)}"


def spoken(pair: ReviewPair) -> list[tuple[str, float]]:
    """Return what spoke, in words, with its match weight (log2); but for what is next to nothing they add up."""
    return [
        (part["words"], part["match_weight"])
        for part in pair.evidence
        if part["comparison_level"] != MISSING_LEVEL and abs(part["match_weight"]) >= LEAST_SHOWN
    ]


def silent(pair: ReviewPair) -> list[str]:
    """Return what could not be compared."""
    names = [part["comparison"] for part in pair.evidence if part["comparison_level"] == MISSING_LEVEL]
    return [COMPARISONS.get(name, name.replace("_", " ")) for name in names]
