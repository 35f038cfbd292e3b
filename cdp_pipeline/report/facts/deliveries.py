"""What the sources delivered, and what became of every record."""

from __future__ import annotations

from dataclasses import dataclass

from cdp_pipeline.night import Night


@dataclass(frozen=True)
class Delivery:
    """Records of one source and layout, over the files that were new this night."""

    source: str
    layout: str
    files: int
    delivered: int
    loaded: int
    quarantined: int
    blank: int


@dataclass(frozen=True)
class QuarantineRule:
    """Records of one source and layout that one rule kept out this night.

    Attributes:
        why: the reason in words, where the rule gives one.
    """

    source: str
    layout: str
    rule: str
    why: str | None
    records: int


@dataclass(frozen=True)
class Deliveries:
    """The flow of rows.

    Attributes:
        source_titles: title of every source by name.
        silent_sources: titles of the sources of which nothing new came.
        unrecognised_files: files of the landing folder that no source takes.
        repeated_files: names under which known content came once more.
        records_ever: records of all files since the first night.
    """

    rows: list[Delivery]
    quarantine: list[QuarantineRule]
    source_titles: dict[str, str]
    silent_sources: list[str]
    unrecognised_files: int
    repeated_files: int
    records_ever: int

    @property
    def delivered(self) -> int:
        """Records that came this night."""
        return sum(row.delivered for row in self.rows)

    @property
    def quarantined(self) -> int:
        """Records of this night's files that were kept out."""
        return sum(row.quarantined for row in self.rows)


def gather_deliveries(night: Night) -> Deliveries | None:
    """Count what came this night and what was kept out."""
    engine, tonight = night.engine, [night.business_date]
    if not engine.table_exists("validate.conservation"):
        return None
    return Deliveries(
        rows=[Delivery(*row) for row in engine.fetch_all(FLOW, tonight)],
        quarantine=[QuarantineRule(*row) for row in engine.fetch_all(QUARANTINE, tonight)],
        source_titles=dict(engine.fetch_all("select source_system, title from extract.source_system")),
        silent_sources=engine.fetch_column(SILENT_SOURCES, tonight),
        unrecognised_files=engine.row_count("extract.unrecognised_file"),
        repeated_files=engine.fetch_value(REPEATED_FILES, tonight),
        records_ever=engine.fetch_value(EVER),
    )


FLOW = """
select source_system, layout, count(*), sum(physical_records)::bigint, sum(loaded_records)::bigint,
    sum(quarantined_records)::bigint, sum(blank_records)::bigint
from validate.conservation
where first_seen_on = ?
group by source_system, layout
order by source_system, layout
"""

QUARANTINE = """
select source_system, layout, rule, why, count(*) as records
from validate.quarantine
where business_date = ?
group by source_system, layout, rule, why
order by records desc, source_system, layout, rule, why
limit 20
"""

SILENT_SOURCES = """
select title
from extract.source_system
anti join (select source_system from extract.delivery where first_seen_on = ?) using (source_system)
order by title, source_system
"""

REPEATED_FILES = """
select count(*)
from extract.delivery as d
join extract.file as f using (file_id)
where d.path <> f.path and d.first_seen_on = ?
"""

EVER = "select coalesce(sum(physical_records), 0)::bigint from validate.conservation"
