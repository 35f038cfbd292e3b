"""What one person cannot have two of: birth dates, generation suffixes, given names that are no variants.

Both rule edges and Splink's edges bow to it, directly and along chains: a father and a son of one name may
each agree with an order that gives no birth date, and still are two people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

OWN_NAME_SHARE = 0.05
"""A name that the seed does not know counts as a name of its own, not as a misspelling of another, when it
goes with more than this share of the other's family names: typing errors hit a few people in a hundred."""

OWN_NAME_MINIMUM = 2
"""A misspelling may appear twice in a small file: in a person's account and in an order."""

ONE_EDIT_LENGTH, TWO_EDITS_LENGTH = 3, 7
"""From these lengths on one or two edits are a likely misspelling; in shorter words they make another name."""

SOUND_SPELLINGS = (
    ("ph", "f"), ("th", "t"), ("ck", "k"), ("c", "k"), ("y", "i"), ("j", "i"), ("w", "v"), ("tz", "z"), ("dt", "t"),
)  # fmt: skip
"""Spellings of one sound in European given names: Sophie and Sofie, Carsten and Karsten, Jasmin and Yasmin."""

BIRTH_DATES_CONFLICT = """
    damerau_levenshtein(value_l, value_r) > 1
    and not (
        value_l[1:4] = value_r[1:4]
        and value_l[6:7] = value_r[9:10]
        and value_l[9:10] = value_r[6:7]
    )
"""
"""One mistyped digit, or day and month swapped, is an error of typing; more is another person."""

GIVEN_NAMES_CONFLICT = f"""
    not (
        l.sound = r.sound
        or list_has_any(l.roots, r.roots)
        or list_has_any(words_l, words_r)
        or replace(given_l, ' ', '') = replace(given_r, ' ', '')
        or (least(length(first_l), length(first_r)) = 1 and first_l[1] = first_r[1])
        or (given_l = family_r and given_r = family_l)
        or (
            (
                damerau_levenshtein(first_l, first_r) <= case
                    when least(length(first_l), length(first_r)) >= {TWO_EDITS_LENGTH} then 2
                    when least(length(first_l), length(first_r)) >= {ONE_EDIT_LENGTH} then 1
                    else 0
                end
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
initial, the fields are swapped, or one is a likely misspelling; never when both are names of their own."""


def create_given_names(workspace: Engine) -> None:
    """Create `given_name`, one row per first given name: roots, sound, is_known_name, family_name_count."""
    sound = "given_name_key"
    for spelling, letter in SOUND_SPELLINGS:
        sound = f"replace({sound}, '{spelling}', '{letter}')"
    workspace.replace_table(
        "given_name",
        f"""
        with spelled as (
            select
                given_name_key,
                list(root_key order by root_key) as roots,
                bool_or(is_known_name) as is_known_name,
                max(family_name_count) as family_name_count,
                {sound} as sound
            from given_name_root
            group by given_name_key
        )
        select
            * exclude (sound),
            list_aggregate(list_transform(
                range(1, length(sound) + 1),
                lambda i: case when i > 1 and sound[i] = sound[i - 1] then '' else sound[i] end
            ), 'string_agg', '') as sound
        from spelled
        """,
    )


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
                split_part(given_l, ' ', 1) as first_l,
                split_part(given_r, ' ', 1) as first_r,
                list_filter(string_split(given_l, ' '), lambda word: length(word) > 1) as words_l,
                list_filter(string_split(given_r, ' '), lambda word: length(word) > 1) as words_r
            from pair where trait_kind = 'name'
        ),
        judged as (
            select trait_kind, value_l, value_r from pair where trait_kind = 'name_suffix'
            union all
            select trait_kind, value_l, value_r from pair
            where trait_kind = 'birth_date' and {BIRTH_DATES_CONFLICT}
            union all
            select 'name', value_l, value_r
            from name_pair
            inner join given_name as l on first_l = l.given_name_key
            inner join given_name as r on first_r = r.given_name_key
            where {GIVEN_NAMES_CONFLICT}
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
    """Return a query of the pairs (left_cluster, right_cluster) that contradict each other, and by which trait.

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
        group by left_cluster, right_cluster
    """
