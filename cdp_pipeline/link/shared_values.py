"""Values that too many people share, or that are written where nothing is known: they say nothing about anybody.

Two ways of telling them:

* `limit`: more given names use the value than `shared_values` in linkage.yml allows.
* `junk`: the value stands far above all others of its kind in these very records, such as the number of the store,
  test@test.com or the first of January 1900. Of e-mails, phones and the like, and of birth dates, a value has as many
  people as different full names. In households each further person is a bit rarer than the one before, so the numbers
  fall like powers; beyond the bound such a fall would give not one value in a thousand files. Names fall slower, so
  that a default such as Gast or Unknown shows by a gap: it is many times as frequent as the most frequent real one.

`config/linkage/shared_values.yml` overrides both.

What did not help: holding every first of January for a placeholder. On 50,578 historical records, many of them born
"in 1862", pairwise F1 fell from 0.925 to 0.921; a first of January needs a gap to its like instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from cdp_pipeline.contracts.linkage import SHAREABLE_KEYS, LinkKey

if TYPE_CHECKING:
    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.night import Night

RECORD_VALUES = {
    LinkKey.BIRTH_DATE: "cast(birth_date as varchar)",
    LinkKey.GIVEN_NAME: "first_given_name_key",
    LinkKey.FAMILY_NAME: "family_name_key",
}
"""Kinds whose values stand in the records themselves, with the expression of the value."""

NAMES = (LinkKey.GIVEN_NAME, LinkKey.FAMILY_NAME)

CHANCE = 0.001
"""So many files would hold a single value of so many people, if people per value fell as they do below."""

TRIMMED_SHARE = 0.01
"""The most shared values, junk among them, have no part in how people per value fall."""

LEAST_PEOPLE = 12
"""Up to so many full names may be a household's with misspellings, whatever the other values say."""

NAME_GAP = 4
"""Between neighbours in the list of the most frequent real names the next has more than half, in every country known;
a quarter is a gap."""

DEFAULT_NAMES = 10
"""Default names are sought among so many most frequent names."""

LEAST_NAME_RECORDS = 100
"""In a small file a name may be frequent because one person is."""


def build_shared_value(night: Night) -> None:
    """Write `link.shared_value`, one row per value that is suppressed or that an override names."""
    linkage = night.project.linkage
    create_shared_values(night.engine, linkage, "link.shared_value", "link.identifier", "link.linkage_record")


def create_shared_values(
    engine: Engine, linkage: Linkage, target: str, identifiers: str, records: str
) -> None:
    """Create `target`: identifier_kind, identifier_value, given_names, people, records, carries_edges, reason.

    Args:
        identifiers: table like `link.identifier`; records: table like `link.linkage_record`.
    """
    overrides = pa.table({
        "identifier_kind": pa.array([str(value.kind) for value in linkage.value_overrides], pa.string()),
        "identifier_value": pa.array([value.value for value in linkage.value_overrides], pa.string()),
        "carries_edges": pa.array([value.carries_edges for value in linkage.value_overrides], pa.bool_()),
    })  # fmt: skip
    limits = " ".join(
        f"when '{kind}' then {linkage.shared_values[kind].max_given_names}" for kind in SHAREABLE_KEYS
    )
    with engine.arrow_view(overrides) as override:
        engine.replace_table(
            target,
            f"""
            with used as ({_used_values(identifiers, records)}),
            bounded as (
                select
                    *,
                    case identifier_kind {limits} end as max_given_names,
                    case when identifier_kind in ({_quoted(NAMES)}) then {_IS_ABOVE_GAP}
                        else {_IS_JUNK} and (not is_year or {_IS_ABOVE_GAP}) end as is_junk
                from used
                inner join ({_PEOPLE_PER_VALUE}) using (identifier_kind, is_year)
                left join ({_GAPS}) using (identifier_kind, is_year)
            ),
            judged as (
                select
                    coalesce(bounded.identifier_kind, override.identifier_kind) as identifier_kind,
                    coalesce(bounded.identifier_value, override.identifier_value) as identifier_value,
                    coalesce(given_names, 0) as given_names,
                    coalesce(people, 0) as people,
                    coalesce(records, 0) as records,
                    coalesce(override.carries_edges, false) as carries_edges,
                    case
                        when override.carries_edges is not null then 'override'
                        when given_names > max_given_names then 'limit'
                        when is_junk then 'junk'
                    end as reason
                from bounded full join {override} as override using (identifier_kind, identifier_value)
            )
            from judged where reason is not null order by identifier_kind, identifier_value
            """,
        )


def _quoted(kinds: tuple[LinkKey, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


def _used_values(identifiers: str, records: str) -> str:
    """Return a query of how many given names, full names and records use each value."""
    key = "source_system, record_kind, source_record_id"
    names = (
        f"select {key}, first_given_name_key as given, family_name_key as family, birth_date from {records}"
    )
    of_record = "".join(
        f" union all select '{kind}', {expression}, first_given_name_key, family_name_key from {records}"
        for kind, expression in RECORD_VALUES.items()
    )
    return f"""
        select
            identifier_kind,
            identifier_value,
            -- Where many dates of birth are known by the year alone, each first of January is frequent, and means it.
            identifier_kind = '{LinkKey.BIRTH_DATE}' and identifier_value like '%-01-01' as is_year,
            count(distinct given) as given_names,
            count(distinct given || '|' || coalesce(family, '')) as people,
            count(*) as records
        from (
            select identifier_kind, identifier_value, given, family
            from {identifiers} inner join ({names}) using ({key})
            where identifier_kind in ({_quoted(SHAREABLE_KEYS)})
            {of_record}
        )
        where identifier_value <> ''
        group by identifier_kind, identifier_value
    """


_PEOPLE_PER_VALUE = f"""
    with ranked as (
        select
            identifier_kind,
            is_year,
            greatest(people - 1, 0) as further,
            row_number() over (partition by identifier_kind, is_year order by people desc) as place,
            count(*) over (partition by identifier_kind, is_year) as value_count
        from used
    )
    select
        identifier_kind,
        is_year,
        any_value(value_count) as value_count,
        -- One more person and value than there are, so that a kind without any sharing has a bound, too.
        (coalesce(sum(further) filter (where place > ceil({TRIMMED_SHARE} * value_count)), 0) + 1)::double
            / (count(*) + 1) as further_people
    from ranked
    group by identifier_kind, is_year
"""
"""How many people beside the first a usual value has."""

_IS_JUNK = f"""
    people > greatest(
        {LEAST_PEOPLE},
        coalesce(max_given_names, 0),
        1 + ln({CHANCE} / value_count) / ln(further_people / (1 + further_people))
    )
"""

_GAPS = f"""
    with frequent as (
        select identifier_kind, is_year, records, lead(records) over by_frequency as next_records
        from used
        where identifier_kind in ({_quoted(NAMES)}) or is_year
        window by_frequency as (
            partition by identifier_kind, is_year order by records desc, identifier_value
        )
        qualify row_number() over by_frequency <= {DEFAULT_NAMES}
    )
    select identifier_kind, is_year, min(records) as records_above_gap
    from frequent
    where (is_year or records >= {LEAST_NAME_RECORDS}) and records > {NAME_GAP} * next_records
    group by identifier_kind, is_year
"""
"""How frequent a name, or a first of January, must be to stand above the gap."""

_IS_ABOVE_GAP = "coalesce(records >= records_above_gap, false)"


def drop_shared_values(workspace: Engine) -> None:
    """Take from `identifier` and `linkage_record` of the workspace what `shared_value` suppresses.

    A placeholder for a birth date or a name then carries neither edges nor vetoes, and a record that tells no other
    name is nameless.
    """
    workspace.execute(
        "delete from identifier using shared_value where not carries_edges"
        " and identifier.identifier_kind = shared_value.identifier_kind"
        " and identifier.identifier_value = shared_value.identifier_value"
    )
    for kind, columns in COLUMNS_OF_KIND.items():
        emptied = ", ".join(f"{column} = null" for column in columns)
        workspace.execute(
            f"""
            update linkage_record set {emptied}
            where {RECORD_VALUES[kind]} in (
                select identifier_value from shared_value
                where identifier_kind = '{kind}' and not carries_edges
            )
            """
        )


COLUMNS_OF_KIND = {
    LinkKey.BIRTH_DATE: ("birth_date",),
    LinkKey.GIVEN_NAME: ("given_name_key", "first_given_name_key", "name_in_any_order_key"),
    LinkKey.FAMILY_NAME: ("family_name_key", "name_in_any_order_key"),
}
"""Columns that a placeholder takes with it."""
