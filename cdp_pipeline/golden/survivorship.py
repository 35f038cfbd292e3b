"""Survivorship compiled to SQL: `golden.profile_value` keeps every candidate, with why it won or lost."""

from __future__ import annotations

from cdp_pipeline.contracts.golden import IgnoreEmpty, SurvivingColumns, Survivorship, SurvivorshipRule
from cdp_pipeline.contracts.lookup import find_table_contract, name_hint
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import quote_identifier, quote_literal
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.golden.manual_correction import with_corrections
from cdp_pipeline.sql_project.model import WrittenAs

RECORD_KEY = ("source_system", "record_kind", "source_record_id", "candidate_label")
FACTS = ("customer_id", "first_seen_at", "last_seen_at", "record_count", "source_count", "household_id")
"""Columns of the profile that nobody decides: they follow from the records."""


def profile_value_sql(project: Project, written_as: WrittenAs) -> str:
    """Write the query of `golden.profile_value`: a row per customer, column and candidate, the survivor at position 1.

    Raises:
        ConfigError: survivorship.yml and the contracts of profile and candidates do not fit together.
    """
    check_survivorship(project)
    return with_corrections(compile_profile_value(project.survivorship, written_as), written_as)


def check_survivorship(project: Project) -> None:
    """Check `config/survivorship.yml` against the tables that it speaks of, without data.

    Raises:
        ConfigError: a column is decided that the profile or the candidates do not have, or one of the
            profile's columns is decided by no group.
    """
    survivorship = project.survivorship
    profile = find_table_contract(project.sql_folders, "golden", "golden_profile")
    decidable = [name for name in profile.column_names if name not in FACTS]
    for index, group in enumerate(survivorship.groups):
        candidates = find_table_contract(project.sql_folders, "golden", group.candidate_model)
        offered = [name for name in candidates.column_names if name in decidable]
        for column in group.columns:
            if column not in offered:
                raise ConfigError(
                    f"config/survivorship.yml: key `groups.{index}.columns`: golden.{group.candidate_model} "
                    f"offers the profile no column {column!r}. {name_hint(column, offered)}"
                )
        _refuse_unknown_sources(project, index, group)
    undecided = [name for name in decidable if name not in survivorship.columns]
    if undecided:
        raise ConfigError(
            f"config/survivorship.yml: key `groups`: no group decides golden_profile.{undecided[0]}. "
            "Add the column to a group."
        )


def _refuse_unknown_sources(project: Project, index: int, group: SurvivingColumns) -> None:
    for source in group.verified_by:
        if source not in project.sources:
            raise ConfigError(
                f"config/survivorship.yml: key `groups.{index}.verified_by`: no source of the project is named "
                f"{source!r}. {name_hint(source, list(project.sources))}"
            )


def compile_profile_value(survivorship: Survivorship, written_as: WrittenAs = str) -> str:
    """Return the query of `golden.profile_value`; every name in it comes from a validated identifier.

    It never looks from one customer at another, so that the rows of a few customers can be computed alone.

    Args:
        written_as: says what stands in the query for a table of candidates.
    """
    return "\nunion all\n".join(
        f"select * from (\n{_compile_group(group, survivorship.source_priority, written_as)}\n) as survivor_{index}"
        for index, group in enumerate(survivorship.groups)
    )


def _compile_group(group: SurvivingColumns, source_priority: list[str], written_as: WrittenAs) -> str:
    """Order one group's candidates, name the rule by which each lost to the survivor, and list the values."""
    columns = ", ".join(quote_identifier(column) for column in group.columns)
    has_value = " or ".join(f"{quote_identifier(column)} is not null" for column in group.columns)
    weights = [f"rule_{index}" for index in range(len(group.rules))]
    weighed = ", ".join(
        f"{_weight(rule, group, source_priority)} as {name}"
        for rule, name in zip(group.rules, weights, strict=True)
    )
    order = ", ".join([*(f"{name} desc nulls last" for name in weights), *RECORD_KEY])
    return f"""with candidate as (
    select customer_id, {", ".join(RECORD_KEY)}, observed_at, {columns}, {weighed}
    from {written_as(f"golden.{group.candidate_model}")}
    where {"true" if group.ignore_empty is IgnoreEmpty.NEVER else has_value}
),
ranked as (
    select *, row_number() over (partition by customer_id order by {order}) as position
    from candidate
),
judged as (
    select
        ranked.*,
        {_verdict(group, weights)} as lost_by
    from ranked
    inner join ranked as winner on ranked.customer_id = winner.customer_id and winner.position = 1
),
runner_up as (
    select customer_id, lost_by, row_number() over (partition by customer_id order by position) as place
    from judged
    where lost_by <> 'same_value'
),
explained as (
    select
        judged.*,
        case when judged.position = 1 then coalesce(runner_up.lost_by, 'only_value') else judged.lost_by end
            as decided_by
    from judged
    left join runner_up on judged.customer_id = runner_up.customer_id and runner_up.place = 1
)
{_list_values(group)}"""


def _weight(rule: SurvivorshipRule, group: SurvivingColumns, source_priority: list[str]) -> str:
    """Return the expression of a rule: the greater, the better; a missing weight loses."""
    columns = [quote_identifier(column) for column in group.columns]
    match rule:
        case SurvivorshipRule.MOST_RECENT:
            return "observed_at"
        case SurvivorshipRule.REACHABLE_FIRST:
            return "case when is_reachable then 1 else 0 end"
        case SurvivorshipRule.VERIFIED_FIRST:
            by_source = "".join(
                f" or source_system = {quote_literal(source)}" for source in group.verified_by
            )
            return f"case when is_verified{by_source} then 1 else 0 end"
        case SurvivorshipRule.MOST_FREQUENT:
            return f"count(*) over (partition by customer_id, {', '.join(columns)})"
        case SurvivorshipRule.LONGEST:
            return " + ".join(f"length(coalesce(cast({name} as varchar), ''))" for name in columns)
        case SurvivorshipRule.MOST_COMPLETE:
            return " + ".join(_is_complete(column) for column in group.counted_columns)
        case SurvivorshipRule.SOURCE_PRIORITY:
            ranks = " ".join(
                f"when {quote_literal(source)} then {-position}"
                for position, source in enumerate(source_priority)
            )
            return f"case source_system {ranks} else {-len(source_priority)} end"


def _is_complete(column: str) -> str:
    """Return 1 for a value that says something: `J.` for Josef is as good as none."""
    letters = f"replace(cast({quote_identifier(column)} as varchar), '.', '')"
    return f"case when length({letters}) > 1 then 1 else 0 end"


def _verdict(group: SurvivingColumns, weights: list[str]) -> str:
    """Return the expression that names the first rule on which a candidate is behind the survivor."""
    same = " and ".join(
        f"ranked.{quote_identifier(name)} is not distinct from winner.{quote_identifier(name)}"
        for name in group.columns
    )
    behind = "\n".join(
        f"            when ranked.{name} is distinct from winner.{name} then {quote_literal(rule)}"
        for rule, name in zip(group.rules, weights, strict=True)
    )
    return f"""case
            when {same} then 'same_value'
{behind}
            else 'record_key'
        end"""


def _list_values(group: SurvivingColumns) -> str:
    """Turn the group's columns into rows; empty values are no candidates."""
    is_filled = group.ignore_empty is IgnoreEmpty.COLUMN
    first = "row_number() over (partition by customer_id order by position) = 1"
    is_survivor = first if is_filled else "position = 1"
    decided_by = f"case when position > 1 and {first} then 'fills_empty' else decided_by end"
    return "\nunion all\n".join(
        f"select customer_id, {quote_literal(column)} as column_name, position, "
        f"cast({quote_identifier(column)} as varchar) as value, {is_survivor} as is_survivor, "
        f"{decided_by if is_filled else 'decided_by'} as decided_by, "
        f"{', '.join(RECORD_KEY)}, observed_at from explained where {quote_identifier(column)} is not null"
        for column in group.columns
    )
