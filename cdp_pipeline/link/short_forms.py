"""Short forms that no list knows: the beginning of a name with -i, -ie or -y, such as Silvi for Silvia."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

LEAST_STEM = 3
"""So many letters of the formal name are left at least."""


def add_short_forms(workspace: Engine, names: str) -> None:
    """Give unknown short names in `given_name_root` the roots of the known names that they may stand for.

    Only a name that the seed does not know, and that goes with no more family names than the formal one, is
    taken for a short form: a name of its own that the seed lacks is seldom rarer than all that begin like it.

    Args:
        names: query of given_name_key; only these are looked at, among all.
    """
    workspace.replace_table(
        "short_form",
        f"""
        with short as (
            select distinct
                given_name_key,
                family_name_count,
                regexp_extract(given_name_key, '^(.+?)(ie|i|y)$', 1) as stem
            from given_name_root
            where given_name_key in ({names}) and not is_known_name and length(stem) >= {LEAST_STEM}
        )
        select distinct short.given_name_key, formal.root_key, false as is_known_name, short.family_name_count
        from short
        inner join given_name_root as formal
            on
                left(short.stem, {LEAST_STEM}) = left(formal.given_name_key, {LEAST_STEM})
                and starts_with(formal.given_name_key, short.stem)
        where
            formal.is_known_name
            and length(formal.given_name_key) > length(short.stem) + 1
            and formal.family_name_count >= short.family_name_count
        """,
    )
    workspace.execute(
        """
        insert into given_name_root
        select * from short_form anti join given_name_root using (given_name_key, root_key)
        """
    )
