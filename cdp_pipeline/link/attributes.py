"""Columns of a stranger's file that are none of the known ones, as evidence: birthplace, occupation, tax number.

What such a column is worth shows only in the file itself, so only a model trained there weighs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import splink.comparison_level_library as cll
import splink.comparison_library as cl

from cdp_pipeline.contracts.linkage import BlockingRuleSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_pipeline.engine import Engine

TABLE = "standardise.record_attribute"
PREFIX = "attribute_"
SIMILAR = 0.88
"""Jaro-Winkler similarity from which two values count as one mistyped value."""


def add_attributes(workspace: Engine, record_key: Sequence[str]) -> None:
    """Add the attributes of the records to `link_key`, and create `attribute_column` (attribute, column_name).

    Reads `record_attribute` of the workspace, which may be empty.
    """
    workspace.replace_table(
        "attribute_column",
        f"""
        select attribute, '{PREFIX}' || row_number() over (order by attribute) as column_name
        from (select distinct attribute from record_attribute)
        """,
    )
    workspace.execute(
        f"""
        insert into link_key
        select distinct record, column_name, attribute_value
        from record_attribute
        inner join attribute_column using (attribute)
        inner join record using ({", ".join(record_key)})
        """
    )


def attribute_columns(workspace: Engine) -> dict[str, str]:
    """Return the name of each attribute by its column in `node`, which is also its key in `link_key`."""
    return dict(workspace.fetch_all("select column_name, attribute from attribute_column order by 1"))


def has_attribute(record: str) -> str:
    """Return the condition under which a record tells more of a person than the known columns do."""
    return f"{record} in (select record from link_key where starts_with(key_kind, '{PREFIX}'))"


def attribute_blocking_rules(columns: dict[str, str]) -> list[BlockingRuleSpec]:
    """Return the rules by which attributes bring pairs to the table: alone, and with either name."""
    return [
        BlockingRuleSpec.model_construct(
            name="same_" + "_and_".join(columns.get(key, key) for key in keys),
            keys=[*keys],
            why="A column of the file itself; groups above the block limit bring nothing.",
        )
        for column in columns
        for keys in ((column,), ("family_name", column), ("given_name", column), ("birth_date", column))
    ]


def attribute_comparison(column: str, attribute: str) -> cl.CustomComparison:
    """Compare an attribute: equal (a rare value weighs more), one in common, mistyped, or different."""
    return cl.CustomComparison(
        output_column_name=column,
        comparison_description=attribute,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.CustomLevel(
                f"list_has_any({column}_values_l, {column}_values_r)", f"one {attribute} in common"
            ),
            cll.CustomLevel(
                f"damerau_levenshtein({column}_l, {column}_r) <= 1"
                f" or jaro_winkler_similarity({column}_l, {column}_r) >= {SIMILAR}",
                f"{attribute} mistyped",
            ),
            cll.ElseLevel(),
        ],
    )
