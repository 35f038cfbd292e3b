"""What speaks against trusting a linkage, in words: a model made for other data, or joins that are near even odds."""

from __future__ import annotations

from cdp_pipeline.engine import Engine
from cdp_pipeline.plural import counted


def model_doubt(engine: Engine, remedy: str) -> str:
    """Say which comparison the model in use fits worst, if it fits one badly; nothing otherwise.

    Args:
        remedy: what to do about it.
    """
    if not engine.table_exists("link.linkage_fit"):  # a night of before has none
        return ""
    worst = engine.fetch_all(WORST)
    if not worst:
        return ""
    [(comparison, bits, pairs, bad)] = worst
    more = f" and {counted(bad - 1, 'other comparison')}" if bad > 1 else ""
    subject = f"{comparison.replace('_', ' ')}{more} agree{'' if more else 's'}"
    return (
        f"The linkage model fits these records badly: {subject} otherwise than in the data that it was trained "
        f"on ({bits:.1f} bits in {counted(pairs, 'pair')} that rules join). {remedy}"
    )


def confidence_doubt(engine: Engine, remedy: str) -> str:
    """Say that many pairs are uncertain, if so; nothing otherwise.

    Args:
        remedy: what to do about it.
    """
    if not engine.table_exists("link.linkage_confidence"):
        return ""
    [(is_low, uncertain, joined)] = engine.fetch_all(
        "select is_low, uncertain_pairs, joined_records from link.linkage_confidence"
    )
    if not is_low:
        return ""
    return (
        f"Low confidence: {counted(uncertain, 'pair')} may be one person's or not, beside "
        f"{counted(joined, 'record')} that {'was' if joined == 1 else 'were'} joined. {remedy}"
    )


def uncertain_pairs(engine: Engine) -> int:
    """Return how many pairs of a night are worth a review; none for one of before, which does not tell."""
    if not engine.table_exists("link.linkage_confidence"):
        return 0
    return int(engine.fetch_value("select uncertain_pairs from link.linkage_confidence"))


def doubts_of_night(engine: Engine) -> list[str]:
    """Return what speaks against a night's linkage, with the remedy."""
    doubts = [
        model_doubt(engine, "Train one on your own: cdp link train."),
        confidence_doubt(engine, "Review the most telling ones (cdp link review), or train: cdp link train."),
    ]
    return [doubt for doubt in doubts if doubt]


WORST = """
select comparison, divergence_bits, labelled_pairs, count(*) over () as bad
from link.linkage_fit
where fits_badly
order by divergence_bits desc, comparison
limit 1
"""
