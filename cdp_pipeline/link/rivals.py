"""Rivals: two nodes that fit a third equally well and are held apart from each other.

A record of no more than a name fits father and son, or two strangers of one name. It is one of the two at most, so
they share its probability. A node that fits the third but was never compared with the other, or fits it too, is no
rival: most such are records of one person that have not met yet. Where the data know no relatives nothing but errors
holds records apart, and there are no rivals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

RIVAL_LEVEL = "another fits as well"

RIVALS = 5
"""So many of the best partners of a node are looked at: weaker ones take little away, and a hub stays cheap."""


def weigh_rivals(workspace: Engine, pairs: str) -> None:
    """Lower the weight of pairs in which one node fits somebody else, too, by the strongest of those rivals.

    Args:
        pairs: table of left_cluster, right_cluster, match_weight, vetoed_by, comparison_weights; changed in place.

    Reads `candidate`, the pairs that were compared.
    """
    workspace.replace_table("rivalry", _rivalry(pairs))
    workspace.execute(
        f"""
        update {pairs} set
            match_weight = round(match_weight - loss, 4),
            comparison_weights = list_append(comparison_weights, {{
                'comparison': 'prior', 'comparison_level': '{RIVAL_LEVEL}', 'match_weight': round(-loss, 4)
            }})
        from rivalry
        where
            {pairs}.left_cluster = rivalry.left_cluster
            and {pairs}.right_cluster = rivalry.right_cluster
            and vetoed_by is null
        """
    )


def _rivalry(pairs: str) -> str:
    """Return a query of left_cluster, right_cluster and loss, in log2 units: of the stronger rival on either side."""
    return f"""
        with fit as (
            select left_cluster as node, right_cluster as partner, match_weight
            from {pairs} where vetoed_by is null and match_weight >= 0
            union all
            select right_cluster, left_cluster, match_weight
            from {pairs} where vetoed_by is null and match_weight >= 0
        ),
        apart as (
            select join_key_l, join_key_r
            from candidate
            anti join fit on join_key_l = node and join_key_r = partner
        ),
        best as (
            select node, partner as rival, match_weight
            from fit
            qualify row_number() over (partition by node order by match_weight desc, partner) <= {RIVALS}
        )
        select
            least(node, partner) as left_cluster,
            greatest(node, partner) as right_cluster,
            log2(1 + pow(2, max(best.match_weight))) as loss
        from fit
        inner join best using (node)
        semi join apart on least(partner, rival) = join_key_l and greatest(partner, rival) = join_key_r
        group by all
    """
