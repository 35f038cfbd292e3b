"""How sure linkage is of itself, by the calibrated weights of the pairs that the model judged.

A pair of match weight w is one person's with probability 2^w / (1 + 2^w).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.night import Night

SURE_WEIGHT = 5
"""Match weight (log2) below which a pair, joined or left apart, is uncertain: 97 in 100 are one person's there."""

LEAST_PAIRS = 50
"""Fewer pairs say nothing of the whole."""

MOST_UNCERTAIN = 0.2
"""Uncertain pairs per joined record above which confidence is low: the generator's worlds have one for twenty, a
file that the model misjudged most had 12 for twenty."""

LEAST_PRECISION = 0.9
"""Expected share of right pairs among the model's joins below which confidence is low: the threshold of linkage.yml
lets no pair below 0.85 join."""


def build_linkage_confidence(night: Night) -> None:
    """Write `link.linkage_confidence`, one row."""
    night.engine.replace_table("link.linkage_confidence", CONFIDENCE)


CONFIDENCE = f"""
    with joined as (
        select count(*) - count(distinct cluster_id) as joined_records from link.cluster
    ),
    weighed as (
        select
            count(*) filter (where edge_kind = 'splink') as model_pairs,
            count(*) filter (where edge_kind in ('splink', 'near_miss') and match_weight < {SURE_WEIGHT})
                as uncertain_pairs,
            -- Decimals: a sum of doubles hangs on the order of the rows.
            sum(cast(1 / (1 + pow(2, -match_weight)) as decimal(9, 6))) filter (where edge_kind = 'splink')
                as expected_right
        from link.edge
    )
    select
        1 as linkage,
        joined_records,
        model_pairs,
        uncertain_pairs,
        cast(expected_right / nullif(model_pairs, 0) as decimal(9, 6)) as expected_precision,
        uncertain_pairs >= {LEAST_PAIRS} and (
            uncertain_pairs > {MOST_UNCERTAIN} * joined_records
            or (model_pairs >= {LEAST_PAIRS} and expected_right < {LEAST_PRECISION} * model_pairs)
        ) as is_low
    from joined cross join weighed
"""
