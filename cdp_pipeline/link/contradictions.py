"""What one person cannot have two of: birth dates, generation suffixes, given names that are no variants.

Both rule edges and Splink's edges bow to it, directly and along chains: a father and a son of one name may
each agree with an order that gives no birth date, and still are two people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.given_names import ONE_EDIT_LENGTH, OWN_NAME_MINIMUM, OWN_NAME_SHARE, likely_edits

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

BIRTH_DATES_CONFLICT = """
    damerau_levenshtein(value_l, value_r) > 2
    and not (
        left(value_l, 4) = left(value_r, 4)
        and substr(value_l, 6, 2) = substr(value_r, 9, 2)
        and substr(value_l, 9, 2) = substr(value_r, 6, 2)
    )
    and not (
        left(value_l, 4) = left(value_r, 4) and '-01-01' in (substr(value_l, 5), substr(value_r, 5))
    )
"""
"""Up to two wrong digits (1979 for 1980), or day and month swapped, are errors of typing, and the first of January
may stand for a year of which no more is known. Parent and child come that close by chance in one pair of a hundred."""

MIDDLE_NAMES_CONFLICT = """(
    len(middle_l) > 0 and len(middle_r) > 0
    and not list_has_any(
        list_transform(middle_l, lambda word: left(word, 1)), list_transform(middle_r, lambda word: left(word, 1))
    )
)"""
"""Patricia L. and Patricia E., Maria Luisa and Maria Teresa: both tell further names, and none begin alike."""

GIVEN_NAMES_CONFLICT = f"""
    {MIDDLE_NAMES_CONFLICT}
    or not (
        l.sound = r.sound
        or list_has_any(l.roots, r.roots)
        or list_has_any(words_l, words_r)
        or replace(given_l, ' ', '') = replace(given_r, ' ', '')
        or (length(first_l) = 1 and len(list_filter(r.roots, lambda root: left(root, 1) = first_l)) > 0)
        or (length(first_r) = 1 and len(list_filter(l.roots, lambda root: left(root, 1) = first_r)) > 0)
        or (given_l = family_r and left(given_r, 1) = left(family_l, 1))
        or (given_r = family_l and left(given_l, 1) = left(family_r, 1))
        or (
            (
                damerau_levenshtein(first_l, first_r) <= {likely_edits("first_l", "first_r")}
                or (least(length(first_l), length(first_r)) >= {ONE_EDIT_LENGTH}
                    and (starts_with(first_l, first_r) or starts_with(first_r, first_l)))
            )
            and not (
                (l.is_known_name or l.family_name_count
                    > greatest({OWN_NAME_MINIMUM}, {OWN_NAME_SHARE} * r.family_name_count))
                and (r.is_known_name or r.family_name_count
                    > greatest({OWN_NAME_MINIMUM}, {OWN_NAME_SHARE} * l.family_name_count))
            )
        )
    )
"""
"""Two given names can be one person's when they share a sound, a root or a word, one is the other's
initial, the fields are swapped, or one is a likely misspelling; never when both are names of their own, nor when
further given names differ."""


def create_conflicts(workspace: Engine, value_pairs: str) -> None:
    """Create `conflict` (trait_kind, value_l, value_r; both directions) from a query of those columns.

    Args:
        value_pairs: pairs to judge, each once with value_l < value_r.
    """
    workspace.replace_table(
        "conflict",
        f"""
        with pair as (from ({value_pairs})),
        name_pair as (
            select
                value_l,
                value_r,
                split_part(value_l, '|', 1) as given_l,
                split_part(value_r, '|', 1) as given_r,
                split_part(value_l, '|', 2) as family_l,
                split_part(value_r, '|', 2) as family_r,
                string_split(given_l, ' ')[2:] as middle_l,
                string_split(given_r, ' ')[2:] as middle_r,
                split_part(given_l, ' ', 1) as first_l,
                split_part(given_r, ' ', 1) as first_r,
                list_filter(string_split(given_l, ' '), lambda word: length(word) > 1) as words_l,
                list_filter(string_split(given_r, ' '), lambda word: length(word) > 1) as words_r
            from pair where trait_kind = 'name'
        ),
        judged as (
            select trait_kind, value_l, value_r from pair where trait_kind = 'name_suffix'
            union all
            -- A person's never-link: the two records carry the two sides of its number.
            select trait_kind, value_l, value_r from pair
            where trait_kind = 'decision' and split_part(value_l, '|', 1) = split_part(value_r, '|', 1)
            union all
            select trait_kind, value_l, value_r from pair
            where trait_kind = 'birth_date' and {BIRTH_DATES_CONFLICT}
            union all
            select 'name', value_l, value_r
            from name_pair
            inner join given_name as l on first_l = l.given_name_key
            inner join given_name as r on first_r = r.given_name_key
            where ({GIVEN_NAMES_CONFLICT})
        )
        select trait_kind, value_l, value_r from judged
        union all
        select trait_kind, value_r, value_l from judged
        """,
    )


def create_contested(workspace: Engine, assignment: str) -> int:
    """Find the clusters that hold a contradiction.

    Reads table `assignment` (record, cluster). Creates `conflict` over all traits that meet in a cluster
    and `contested` (cluster).

    Returns:
        Number of contested clusters.
    """
    workspace.replace_table(
        "cluster_trait",
        f"""
        select distinct cluster, trait_kind, trait_value
        from {assignment} inner join trait using (record)
        """,
    )
    pairs = """
        select l.cluster, l.trait_kind, l.trait_value as value_l, r.trait_value as value_r
        from cluster_trait as l
        inner join cluster_trait as r using (cluster, trait_kind)
        where l.trait_value < r.trait_value
    """
    create_conflicts(workspace, f"select distinct trait_kind, value_l, value_r from ({pairs})")
    workspace.replace_table(
        "contested",
        f"select distinct cluster from ({pairs}) inner join conflict using (trait_kind, value_l, value_r)",
    )
    return workspace.row_count("contested")


def conflicting_pairs(pairs: str, assignment: str) -> str:
    """Return a query of left_cluster, right_cluster, trait_kind: pairs that contradict each other.

    Args:
        pairs: table of left_cluster, right_cluster.
        assignment: table of record, cluster; the traits of a cluster are those of its records.

    Reads table `conflict`, which must cover the traits that can meet.
    """
    return f"""
        with cluster_trait as (
            select distinct cluster, trait_kind, trait_value
            from {assignment} inner join trait using (record)
        )
        select left_cluster, right_cluster, min(l.trait_kind) as trait_kind
        from {pairs}
        inner join cluster_trait as l on left_cluster = l.cluster
        inner join cluster_trait as r on right_cluster = r.cluster and l.trait_kind = r.trait_kind
        inner join conflict
            on
                conflict.trait_kind = l.trait_kind
                and conflict.value_l = l.trait_value
                and conflict.value_r = r.trait_value
        -- What a must-link brought together in one cluster speaks against no record with one of the two.
        anti join cluster_trait as known
            on
                left_cluster = known.cluster
                and r.trait_kind = known.trait_kind
                and r.trait_value = known.trait_value
        anti join cluster_trait as known
            on
                right_cluster = known.cluster
                and l.trait_kind = known.trait_kind
                and l.trait_value = known.trait_value
        group by left_cluster, right_cluster
    """


def drop_likenesses(workspace: Engine) -> None:
    """Let names and birth dates contradict no more; what they weigh is for the model alone.

    Vetoes keep relatives apart, who agree in all else. In data without relatives they would only part records
    of one person that were entered wrong.
    """
    workspace.execute("delete from trait where trait_kind in ('name', 'birth_date')")
