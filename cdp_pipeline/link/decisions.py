"""People's decisions about pairs of records, which outrank rules, model and vetoes.

A must-link joins two records whatever speaks against it. A never-link keeps two records apart, directly and along every
chain, whatever speaks for it. Where both cannot be had the never-link holds: two people in one profile is the worse
error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.agglomeration import join_strongest_first
from cdp_pipeline.link.components import assign_components
from cdp_pipeline.link.decision_conflicts import DECISION_CONFLICT, MATCH_DECISION
from cdp_pipeline.link.record_sides import is_side

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

MUST_LINK, NEVER_LINK = "must_link", "never_link"

MUST_LINK_WEIGHT = 100.0
"""Above every declared rule; in log2 units like theirs."""

TRAIT = "decision"
"""Kind of the traits that stand for never-links, and the word for what they refuse."""


def add_decisions(workspace: Engine) -> None:
    """Add to `rule_edge` what must be linked, and to `trait` what never may.

    Reads `match_decision` and `decision_conflict`; decisions on records that are not there wait. Creates
    `must_link` (left_record, right_record, is_applied) and `never_link` (decision_id, left_record, right_record).
    The two records of a never-link get traits that contradict each other, so that clustering honours it along chains.
    """
    for columns in (MATCH_DECISION, DECISION_CONFLICT):
        workspace.execute(f"create table if not exists {columns}")
    workspace.replace_table("never_link", _numbered(f"decision = '{NEVER_LINK}'", "decision_id"))
    workspace.replace_table(
        "must_link",
        f"""
        select left_record, right_record, bool_or(is_applied) as is_applied
        from ({
            _numbered(
                f"decision = '{MUST_LINK}'",
                "decision_id not in (select must_link_decision_id from decision_conflict) as is_applied",
            )
        })
        group by left_record, right_record
        """,
    )
    workspace.execute(
        f"""
        insert into rule_edge
        select left_record, right_record, '{MUST_LINK}', {MUST_LINK_WEIGHT}, true
        from must_link where is_applied
        """
    )
    workspace.execute(
        f"""
        insert into trait
        select left_record, '{TRAIT}', decision_id || '|left' from never_link
        union all
        select right_record, '{TRAIT}', decision_id || '|right' from never_link
        """
    )


def _numbered(condition: str, columns: str) -> str:
    """Return a query of `columns`, left_record and right_record over decisions whose records are both there."""
    return f"""
        select {columns}, least(l.record, r.record) as left_record, greatest(l.record, r.record) as right_record
        from match_decision
        inner join record as l on {is_side("l", "left", "match_decision")}
        inner join record as r on {is_side("r", "right", "match_decision")}
        where {condition}
    """


def assign_must_links(workspace: Engine) -> None:
    """Create `assignment` (record, cluster): what people and sources declared to be one person.

    A never-link parts what a source merged; the strongest of the source's edges hold, people's own all do.
    """
    count = workspace.row_count("record")
    assign_components(workspace, "assignment", "from rule_edge where is_must_link", count)
    workspace.replace_table(
        "parted",
        """
        select distinct l.cluster
        from never_link
        inner join assignment as l on left_record = l.record
        inner join assignment as r on right_record = r.record
        where l.cluster = r.cluster
        """,
    )
    if not workspace.row_count("parted"):
        return
    decided = f"from rule_edge where edge_name = '{MUST_LINK}'"
    assign_components(workspace, "decided", decided, count)
    workspace.replace_table(
        "parted_assignment",
        """
        select record, decided.cluster
        from decided inner join assignment using (record)
        semi join parted on assignment.cluster = parted.cluster
        """,
    )
    workspace.replace_table(
        "parted_edge",
        """
        select left_record, right_record, sum(cast(match_weight as decimal(18, 4))) as match_weight
        from rule_edge semi join parted_assignment on left_record = record
        where is_must_link
        group by left_record, right_record
        """,
    )
    workspace.replace_table("conflict", _NEVER_LINKED_VALUES)
    join_strongest_first(workspace, "parted_assignment", "parted_edge")
    workspace.execute(
        """
        update assignment set cluster = part.cluster
        from parted_assignment as part where assignment.record = part.record
        """
    )


_NEVER_LINKED_VALUES = f"""
    select '{TRAIT}' as trait_kind, decision_id || '|left' as value_l, decision_id || '|right' as value_r
    from never_link
    union all
    select '{TRAIT}', decision_id || '|right', decision_id || '|left' from never_link
"""
"""Only decisions part what was declared to be one person: birth dates and names do not."""


def judge_by_decisions(workspace: Engine) -> None:
    """Say in `edge` which pairs people joined, and which they keep apart, directly or along a chain."""
    workspace.execute(
        f"update edge set edge_kind = 'decision' where edge_name = '{MUST_LINK}' and edge_kind = 'rule'"
    )
    workspace.execute(
        f"""
        insert into edge
        select
            left_record,
            right_record,
            case when l.cluster = r.cluster then 'decision' else 'vetoed' end,
            '{MUST_LINK}',
            {MUST_LINK_WEIGHT},
            case when l.cluster <> r.cluster then '{TRAIT}' end,
            null
        from must_link
        inner join assignment as l on left_record = l.record
        inner join assignment as r on right_record = r.record
        where not is_applied
        """
    )
    if workspace.row_count("never_link"):
        workspace.execute(_NAME_REFUSED)


_NAME_REFUSED = f"""
    update edge set vetoed_by = '{TRAIT}'
    from assignment as l, assignment as r, (
        select distinct a.cluster as left_cluster, b.cluster as right_cluster
        from never_link
        inner join assignment as a on never_link.left_record = a.record
        inner join assignment as b on never_link.right_record = b.record
    ) as apart
    where
        edge.edge_kind = 'vetoed'
        and edge.left_record = l.record
        and edge.right_record = r.record
        and least(l.cluster, r.cluster) = least(left_cluster, right_cluster)
        and greatest(l.cluster, r.cluster) = greatest(left_cluster, right_cluster)
"""
