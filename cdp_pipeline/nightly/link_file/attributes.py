"""Which of a file's other columns tell something of a person: compared as they are, as attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.extract.inspection.profile import ColumnProfile
from cdp_pipeline.nightly.link_file.candidates import sure_forms
from cdp_pipeline.nightly.link_file.roles import Role, TakenColumn, left_out

MOST_ATTRIBUTES = 12
"""As many as the layout link_input has columns for; more would cost more than they tell."""

LONGEST_MEAN = 60
MOST_WORDS_MEAN = 5
LEAST_FILLED = 0.01
PATH = "^([A-Za-z]:|[.~]?)[/\\\\].+[/\\\\]|[.][A-Za-z]{3,4}$"
WRITTEN_OF = {
    "web address": "web addresses",
    "nested JSON": "nested values",
    "IP address": "addresses of machines",
    "time of day": "times of day",
}
OF_THE_RECORD = re.compile(
    r"(^|_)(created|creation|inserted|registered|registration|signup|sign_up|joined|exported|export|imported|import|loaded|load"
    r"|updated|modified|changed|extracted|batch|last_(seen|login|order|purchase)|first_(order|purchase)|angelegt|erstellt"
    r"|(gift|donation|payment|invoice|visit|appointment|booking|transaction|spenden?|zahlungs?)_?(date|datum|day|tag|time)"
    r"|cluster|cluster_id|entity_id|person_id|group_id|match_id|truth|label|is_duplicate)(_|$)"
)
"""When a record came about, or what somebody found out about it before: nothing of the person."""


@dataclass(frozen=True)
class TextFacts:
    """What a column's text looks like, without its values.

    Attributes:
        mean_length: characters of a value.
        mean_words: words of a value.
        path_share: values that name a file or a folder.
    """

    mean_length: float
    mean_words: float
    path_share: float


def choose_attributes(
    engine: Engine,
    table: str,
    columns: Sequence[TakenColumn],
    profiles: Mapping[str, ColumnProfile],
    *,
    records: int,
    is_only_file: bool,
) -> list[TakenColumn]:
    """Make attributes of undecided columns, or say why they are left out.

    Args:
        is_only_file: no other file can hold a value that stands once in this one.
    """
    judged = []
    for column in columns:
        if column.role is None and not column.reason:
            facts = _facts(engine, table, column.name)
            reason = _reason_against(column, profiles[column.name], facts, records, is_only_file=is_only_file)
            column = (
                left_out(column, reason)
                if reason
                else replace(column, role=Role.ATTRIBUTE, reason="the rest")
            )
        judged.append(column)
    return _most_telling(judged, profiles)


def _most_telling(columns: Sequence[TakenColumn], profiles: Mapping[str, ColumnProfile]) -> list[TakenColumn]:
    """Keep what the layout has room for: first what was told, then what has most different values."""
    found = [column for column in columns if column.role is Role.ATTRIBUTE]
    found.sort(key=lambda c: (c.reason != "as told", -profiles[c.name].distinct, c.position))
    beyond = {column.name for column in found[MOST_ATTRIBUTES:]}
    return [left_out(c, f"{MOST_ATTRIBUTES} others tell more") if c.name in beyond else c for c in columns]


def _reason_against(
    column: TakenColumn, profile: ColumnProfile, facts: TextFacts, records: int, *, is_only_file: bool
) -> str:
    """Return why a column tells nothing of a person; nothing where it may."""
    written = [WRITTEN_OF[name] for name in sure_forms(profile) if name in WRITTEN_OF]
    types = {form.type for form in profile.forms}
    reasons = {
        "the same in every record": profile.distinct == 1 and records > 1,
        "of the record, not of a person": bool(OF_THE_RECORD.search(column.name)),
        "times": ColumnType.TIMESTAMP in types,
        "amounts": ColumnType.DECIMAL in types and ColumnType.INTEGER not in types,
        "file paths": facts.path_share > 1 / 2,
        "free text": facts.mean_words > MOST_WORDS_MEAN or facts.mean_length > LONGEST_MEAN,
        "hardly ever filled": profile.filled < LEAST_FILLED * records,
        "no value stands twice": is_only_file and profile.distinct == profile.filled and records > 1,
    }
    return next(iter([*written, *(reason for reason, holds in reasons.items() if holds)]), "")


def _facts(engine: Engine, table: str, name: str) -> TextFacts:
    column = quote_identifier(name)
    [found] = engine.fetch_all(
        f"""select
            coalesce(avg(length({column})), 0),
            coalesce(avg(length({column}) - length(replace({column}, ' ', '')) + 1), 0),
            coalesce(avg(cast(regexp_matches({column}, '{PATH}') as integer)), 0)
        from {table} where {column} <> ''"""
    )
    return TextFacts(*map(float, found))
