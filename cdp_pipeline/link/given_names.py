"""What is known of given names: misspellings that stand for another name, spellings of one sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

OWN_NAME_SHARE = 0.2
"""A name that the seed does not know counts as a name of its own, not as a misspelling of another, when it
goes with more than this share of the other's family names: no single misspelling is that frequent."""

OWN_NAME_MINIMUM = 2
"""A misspelling may appear twice in a small file: in a person's account and in an order."""

ONE_EDIT_LENGTH, TWO_EDITS_LENGTH = 3, 7
"""From these lengths on one or two edits are a likely misspelling; in shorter words, another name."""

SOUND_SPELLINGS = {
    "ph": "f",
    "th": "t",
    "ck": "k",
    "c": "k",
    "y": "i",
    "j": "i",
    "w": "v",
    "tz": "z",
    "dt": "t",
}
"""Spellings of one sound in European given names: Sophie and Sofie, Carsten and Karsten."""


def likely_edits(left: str, right: str) -> str:
    """Return an expression for the number of edits up to which two words are likely one word."""
    length = f"least(length({left}), length({right}))"
    two, one = f"{length} >= {TWO_EDITS_LENGTH}", f"{length} >= {ONE_EDIT_LENGTH}"
    return f"case when {two} then 2 when {one} then 1 else 0 end"


def add_likely_spellings(workspace: Engine, names: str) -> None:
    """Give misspelled names in `given_name_root` the roots of the names that were probably meant.

    Without it two different misspellings of one name would look like two names. A name is taken for a
    misspelling when the seed does not know it, it goes with few family names, and a far more frequent or
    known name lies within reach; of those the nearest ones count. Pairs are sought only among names with
    one first letter or one last pair of letters, since few errors change both: two joins on equality, for
    one join on either compares every name with every other. A name seen without any family name counts as
    one that goes with a single one, so that unknown names of few family names are never what was meant.

    Args:
        names: query of given_name_key; only these are looked at, among all.
    """
    workspace.replace_table(
        "likely_spelling",
        f"""
        with used as (
            select
                given_name_key,
                is_known_name,
                family_name_count,
                left(given_name_key, 1) as first_letter,
                right(given_name_key, 2) as last_letters
            from given_name_root group by all
        ),
        wrong as (from used semi join ({names}) using (given_name_key) where not is_known_name),
        meant as (from used where is_known_name or family_name_count > {1 / OWN_NAME_SHARE}),
        neighbour as (
            {_neighbours("first_letter")}
            union
            {_neighbours("last_letters")}
        ),
        near as (
            select *, damerau_levenshtein(given_name_key, meant_key) as edits from neighbour
        )
        select given_name_key, meant_key
        from near
        where edits <= {likely_edits("given_name_key", "meant_key")}
        qualify edits = min(edits) over (partition by given_name_key)
        """,
    )
    workspace.execute(
        """
        insert into given_name_root
        select distinct
            likely_spelling.given_name_key, meant.root_key, own.is_known_name, own.family_name_count
        from likely_spelling
        inner join given_name_root as meant on meant_key = meant.given_name_key
        inner join given_name_root as own on likely_spelling.given_name_key = own.given_name_key
        """
    )


def _neighbours(letters: str) -> str:
    """Return the query of the names that a misspelling with the same letters there may stand for."""
    return f"""
        select wrong.given_name_key, meant.given_name_key as meant_key
        from wrong
        inner join meant using ({letters})
        where
            abs(length(wrong.given_name_key) - length(meant.given_name_key)) <= 2
            and wrong.family_name_count
                <= greatest({OWN_NAME_MINIMUM}, {OWN_NAME_SHARE} * meant.family_name_count)
            and (
                meant.is_known_name
                or meant.family_name_count > greatest(wrong.family_name_count, 1) / {OWN_NAME_SHARE}
            )
    """


def create_given_names(workspace: Engine) -> None:
    """Create `given_name`, one row per first given name: roots, sound, is_known_name, family_name_count."""
    sound = "given_name_key"
    for spelling, letter in SOUND_SPELLINGS.items():
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
