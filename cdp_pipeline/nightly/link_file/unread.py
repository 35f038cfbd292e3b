"""Values that linkage does without: no e-mail, phone or date can be read in them, or they stand for nothing.

Told by the lines on which they stand, so that somebody can look them up; the values stay unsaid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.link.shared_values import RECORD_VALUES
from cdp_pipeline.nightly.link_file.dates import birth_date_text
from cdp_pipeline.nightly.link_file.records import GIVEN, INPUT, RecognisedFile, cleaned_records
from cdp_pipeline.nightly.link_file.roles import Role

SHOWN_LINES = 3


class Fate(StrEnum):
    """Why values have no effect."""

    UNREADABLE = "unreadable"
    PLACEHOLDER = "placeholder"
    SHARED = "shared"


@dataclass(frozen=True)
class UnusedValues:
    """Values of one kind in one file that have no effect, for one reason.

    Attributes:
        file_number: of the file, from 0.
        kind: email, phone, birth_date or another key of linkage.
        values: so many; each record's own where unreadable or a placeholder, different ones where shared.
        lines: the first lines or rows on which one stands.
    """

    file_number: int
    kind: str
    fate: Fate
    values: int
    lines: tuple[int, ...]


def unused_values(engine: Engine, files: Sequence[RecognisedFile]) -> list[UnusedValues]:
    """Count what has no effect, by file, kind and reason. Reads the tables that standardise and link have built."""
    queries = [_CONTACTS, _BIRTH_DATES, *filter(None, map(_no_dates, range(len(files)), files)), _SHARED]
    rows = engine.fetch_all(
        f"""
        select file_number, kind, fate, count(*), list(line order by line)[:{SHOWN_LINES}]
        from ({" union all ".join(queries)})
        group by file_number, kind, fate
        order by file_number, fate, kind
        """
    )
    return [
        UnusedValues(number, kind, Fate(fate), values, tuple(lines))
        for number, kind, fate, values, lines in rows
    ]


def unreadable_birth_dates(engine: Engine, file: RecognisedFile) -> list[int]:
    """Return the lines of filled birth dates that are none."""
    query = _no_dates(0, file)
    return engine.fetch_column(f"select line from ({query}) order by line") if query else []


def _no_dates(number: int, file: RecognisedFile) -> str:
    """Select the filled birth dates of a file that are none; empty without such a column."""
    return " union all ".join(
        f"""
        select {number} as file_number, line, '{Role.BIRTH_DATE}' as kind, '{Fate.UNREADABLE}' as fate
        from ({cleaned_records(file)})
        where {quote_identifier(column.name)} is not null and {birth_date_text(column)} is null
        """
        for column in file.of_role(Role.BIRTH_DATE)
    )


_OF_RECORD = f"""
    inner join {GIVEN} as g
        on t.source_system = coalesce(g.system, '{INPUT}') and t.source_record_id = g.key
"""

_CONTACTS = f"""
    select g.file_number, g.line, t.contact_kind as kind,
        case when t.invalid_reason = 'placeholder' then '{Fate.PLACEHOLDER}' else '{Fate.UNREADABLE}' end as fate
    from standardise.contact_point as t {_OF_RECORD}
    where not t.is_valid
"""

_BIRTH_DATES = f"""
    select g.file_number, g.line, '{Role.BIRTH_DATE}', '{Fate.PLACEHOLDER}'
    from standardise.customer_record as t {_OF_RECORD}
    where g.birth_date is not null and t.birth_date is null
"""

_OF_RECORDS = " union all ".join(
    f"select source_system, source_record_id, '{kind}' as identifier_kind, {value} as identifier_value"
    " from link.linkage_record"
    for kind, value in RECORD_VALUES.items()
)

_SHARED = f"""
    select min(g.file_number), arg_min(g.line, [g.file_number, g.line]), t.identifier_kind, '{Fate.SHARED}'
    from (
        select source_system, source_record_id, identifier_kind, identifier_value from link.identifier
        union all {_OF_RECORDS}
    ) as t
    semi join (from link.shared_value where not carries_edges) as s
        on t.identifier_kind = s.identifier_kind and t.identifier_value = s.identifier_value
    {_OF_RECORD}
    group by t.identifier_kind, t.identifier_value
"""
