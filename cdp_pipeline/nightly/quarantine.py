"""Records that the gate kept out: listing and showing them.

Read is the published night, or the working file of a later night that was not published, while no night writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.audit import record_event
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.newest_tables import open_newest_tables

SHOWN_SPANS = 10


@dataclass(frozen=True)
class QuarantineCount:
    """Records of one source, layout, rule and file."""

    source_system: str
    layout: str
    rule: str
    path: str
    file_id: str
    records: int


@dataclass(frozen=True)
class QuarantinedRecord:
    """One record, without its values unless they were asked for."""

    source_system: str
    layout: str
    file_id: str
    path: str
    line: int
    rule: str
    why: str | None
    business_date: date

    @property
    def rules(self) -> list[str]:
        """Rules that it broke."""
        return self.rule.split(", ")


@dataclass(frozen=True)
class QuarantinedLines:
    """Lines of one file that the same rules keep out since the same night.

    Attributes:
        spans: first and last line of each run of lines, in order.
    """

    path: str
    rule: str
    why: str | None
    business_date: date
    spans: list[tuple[int, int]]

    @property
    def in_words(self) -> str:
        """Write the lines as `2-30, 41`; of many runs the first, and how many lines are left out."""
        shown = ", ".join(
            str(first) if first == last else f"{first}-{last}" for first, last in self.spans[:SHOWN_SPANS]
        )
        left = sum(last - first + 1 for first, last in self.spans[SHOWN_SPANS:])
        return f"{shown} and {left:,} more" if left else shown


@dataclass(frozen=True)
class QuarantineList:
    """What is in quarantine: all counts, and where the records stand.

    Attributes:
        shown: in words, the night that it is of.
        lines: by file, rule and night; every source has its share of them.
        total: how many there are without a limit.
    """

    shown: str
    counts: list[QuarantineCount]
    lines: list[QuarantinedLines]
    total: int


def list_quarantine(
    project: Project,
    *,
    source: str | None = None,
    rule: str | None = None,
    business_date: date | None = None,
    limit: int = 20,
) -> QuarantineList:
    """List what is in quarantine, of one source, rule or night if named."""
    chosen = [source, rule, business_date]
    with open_newest_tables(project) as tables:
        engine = tables.engine
        return QuarantineList(
            shown=tables.in_words,
            counts=[QuarantineCount(*row) for row in engine.fetch_all(COUNTS, chosen)],
            lines=[_lines(*row) for row in engine.fetch_all(LINES, [*chosen, limit])],
            total=engine.fetch_value(TOTAL, chosen),
        )


def _lines(
    path: str, rule: str, why: str | None, business_date: date, firsts: list[int], lasts: list[int]
) -> QuarantinedLines:
    return QuarantinedLines(path, rule, why, business_date, list(zip(firsts, lasts, strict=True)))


def show_record(project: Project, file: str, line: int) -> tuple[QuarantinedRecord, str]:
    """Return a record and its text as delivered: personal data, so it is put on record that it was looked at.

    Args:
        file: name of the file as delivered, or its id.

    Raises:
        NightError: the file holds no such record in quarantine, or several files have the name.
        ControlError: the look cannot be put on record.
    """
    with open_newest_tables(project) as tables:
        record = find_record(tables.engine, file, line)
        [text] = tables.engine.fetch_column(
            "select raw_record from validate.quarantine where file_id = ? and line = ?",
            [record.file_id, line],
        )
    record_event(project, "quarantine shown", f"{record.file_id} line {line}")
    return record, text


def find_record(engine: Engine, file: str, line: int) -> QuarantinedRecord:
    """Return a record in quarantine, by the name of its file as delivered, or by the file's id.

    Raises:
        NightError: there is none, or several files have the name.
    """
    rows = [QuarantinedRecord(*row) for row in engine.fetch_all(FIND, [file, line])]
    if not rows:
        raise NightError(
            f"{file} line {line}: not in quarantine. `cdp source quarantine list` names files and lines."
        )
    if len(rows) > 1:
        ids = ", ".join(row.file_id for row in rows)
        raise NightError(f"{file}: several files came under this name. Name one by its id: {ids}.")
    return rows[0]


CHOSEN = """
    ($1 is null or source_system = $1)
    and ($2 is null or list_contains(string_split(rule, ', '), $2))
    and ($3 is null or business_date = $3)
"""

FIELDS = "source_system, layout, file_id, path, line, rule, why, business_date"

COUNTS = f"""
select source_system, layout, rule, path, file_id, count(*) as records
from validate.quarantine where {CHOSEN}
group by all order by source_system, layout, records desc, rule, path, file_id
"""

GROUPED = f"""
with numbered as (
    select *, line - row_number() over (partition by file_id, rule, why, business_date order by line) as island
    from validate.quarantine where {CHOSEN}
),

span as (
    select source_system, path, file_id, rule, why, business_date, min(line) as first_line, max(line) as last_line
    from numbered
    group by source_system, path, file_id, rule, why, business_date, island
),

grouped as (
    select
        source_system, path, file_id, rule, why, business_date, min(first_line) as first_line,
        list(first_line order by first_line) as firsts, list(last_line order by first_line) as lasts
    from span
    group by source_system, path, file_id, rule, why, business_date
)
"""

LINES = f"""
{GROUPED},

ranked as (
    select
        *,
        row_number() over (
            partition by source_system order by business_date desc, path, first_line, rule, why, file_id
        ) as place
    from grouped
)

select path, rule, why, business_date, firsts, lasts
from (select * from ranked order by place, source_system limit $4)
order by business_date desc, source_system, place
"""

TOTAL = f"{GROUPED} select count(*) from grouped"

FIND = f"""
select {FIELDS} from validate.quarantine where (path = $1 or file_id = $1) and line = $2 order by file_id
"""
