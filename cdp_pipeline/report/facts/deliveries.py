"""What the sources delivered, and what became of every record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.plural import counted


@dataclass(frozen=True)
class Delivery:
    """Records of one source and layout, over the files that were new this night.

    Attributes:
        held: records that passed the gate, but do not count: their source is blocked, or was until they were withdrawn.
        erased: records of people who were erased, which stay out.
    """

    source_system: str
    layout: str
    files: int
    delivered: int
    loaded: int
    quarantined: int
    blank: int
    held: int = 0
    erased: int = 0


@dataclass(frozen=True)
class SourceState:
    """A source that is not as it should be this night.

    Attributes:
        state: warned or blocked; of a blocked source no new file counts.
        reasons: sentences that name files, rules and counts, and what to do; never values.
        last_good_on: newest night on which files of the source came to count.
    """

    source_system: str
    title: str
    state: str
    reasons: str
    last_good_on: date | None

    @property
    def is_blocked(self) -> bool:
        """Whether the night goes on with the source's last good data."""
        return self.state == "blocked"


@dataclass(frozen=True)
class SilentSource:
    """A source of which nothing new came; never, where there is no date."""

    source_system: str
    title: str
    last_delivery_on: date | None


@dataclass(frozen=True)
class TakenIn:
    """What of earlier nights came to count on this one: let in by a person, or after a correction.

    Attributes:
        files: that did not count before; `records` are those of them that count now.
        let_in: how many of the files a person let in as they are.
        returned: records of other files that came out of quarantine.
        corrected: files of this night that took the place of one under their name that never counted.
    """

    source_system: str
    title: str
    files: int
    records: int
    let_in: int
    returned: int
    corrected: int = 0

    @property
    def in_words(self) -> str:
        """Say it in one phrase, such as `1 file of an earlier night counts now (812 records), let in by a person`."""
        said = []
        if self.files:
            how = {0: "after a correction", self.files: "let in by a person"}.get(self.let_in)
            verb = "counts" if self.files == 1 else "count"
            said.append(
                f"{counted(self.files, 'file')} that came before {verb} now ({counted(self.records, 'record')}), "
                + (how or f"{self.let_in:,} let in by a person, the others after a correction")
            )
        if self.returned:
            said.append(
                f"{counted(self.returned, 'record')} came out of quarantine, released or after a correction"
            )
        if self.corrected:
            was = (
                "was replaced by a corrected file"
                if self.corrected == 1
                else "were replaced by corrected files"
            )
            said.append(f"{counted(self.corrected, 'blocked file')} {was}")
        return "; ".join(said)


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
        states: sources that are blocked or warned.
        silent_sources: titles of the sources of which nothing new came.
        taken_in: what of earlier nights came to count.
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
    states: list[SourceState] = field(default_factory=list)
    taken_in: list[TakenIn] = field(default_factory=list)

    @property
    def blocked_sources(self) -> list[SourceState]:
        """Sources of which no new file counts."""
        return [state for state in self.states if state.is_blocked]

    @property
    def held(self) -> int:
        """Records of this night's files that passed the gate, and wait with their source."""
        return sum(row.held for row in self.rows)

    @property
    def erased(self) -> int:
        """Records of people who were erased."""
        return sum(row.erased for row in self.rows)

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
        rows=deliveries_on(engine, night.business_date),
        quarantine=[QuarantineRule(*row) for row in engine.fetch_all(QUARANTINE, tonight)],
        source_titles=dict(engine.fetch_all("select source_system, title from extract.source_system")),
        silent_sources=sorted(source.title for source in silent_sources_on(engine, night.business_date)),
        unrecognised_files=engine.row_count("extract.unrecognised_file"),
        repeated_files=engine.fetch_value(REPEATED_FILES, tonight),
        records_ever=engine.fetch_value(EVER),
        states=source_states_on(engine, night.business_date),
        taken_in=taken_in_on(engine, night.business_date),
    )


def deliveries_on(engine: Engine, business_date: date) -> list[Delivery]:
    """Count the new records of a night by source and layout, in this order; `first_seen_on` says which are new."""
    tells = "erased_records" in engine.describe("from validate.conservation")  # not of an older version
    flow = FLOW.format(erased="coalesce(sum(erased_records), 0)::bigint" if tells else "0")
    return [Delivery(*row) for row in engine.fetch_all(flow, [business_date])]


def source_states_on(engine: Engine, business_date: date) -> list[SourceState]:
    """Name the sources that are blocked or warned on a night, blocked ones first."""
    return [SourceState(*row) for row in engine.fetch_all(STATES, [business_date])]


def blocked_sources_on(engine: Engine, business_date: date) -> list[SourceState]:
    """Name the sources of which no new file counts on a night."""
    return [state for state in source_states_on(engine, business_date) if state.is_blocked]


def silent_sources_on(engine: Engine, business_date: date) -> list[SilentSource]:
    """Name the sources of which nothing new came on a night, in order."""
    return [SilentSource(*row) for row in engine.fetch_all(SILENT_SOURCES, [business_date])]


def taken_in_on(engine: Engine, business_date: date) -> list[TakenIn]:
    """Count by source what of earlier nights came to count on a night; one of an older version does not tell."""
    if "returned_records" not in engine.describe("from validate.source_night"):
        return []
    return [TakenIn(*row) for row in engine.fetch_all(TAKEN_IN, [business_date])]


FLOW = """
select source_system, layout, count(*), coalesce(sum(physical_records), 0)::bigint,
    coalesce(sum(loaded_records) filter (where state not in ('held', 'withdrawn')), 0)::bigint,
    coalesce(sum(quarantined_records), 0)::bigint, coalesce(sum(blank_records), 0)::bigint,
    coalesce(sum(loaded_records) filter (where state in ('held', 'withdrawn')), 0)::bigint,
    {erased}
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

STATES = """
select n.source_system, s.title, n.state, n.reasons, n.last_good_on
from validate.source_night as n join extract.source_system as s using (source_system)
where n.business_date = ? and n.state <> 'ok'
order by n.state, n.source_system
"""

SILENT_SOURCES = """
select source_system, title, max(first_seen_on) as last_delivery_on
from extract.source_system
left join extract.delivery using (source_system)
group by source_system, title
having count(*) filter (where first_seen_on = ?) = 0
order by source_system
"""

TAKEN_IN = """
with late as (
    select
        c.source_system, count(*) as files, coalesce(sum(c.loaded_records), 0)::bigint as records,
        count(a.let_in_by) as let_in
    from validate.accepted_file as a join validate.conservation as c using (file_id)
    where a.accepted_on = $1 and c.first_seen_on < $1
    group by c.source_system
),

back as (
    select source_system, returned_records as records from validate.source_night
    where business_date = $1 and returned_records > 0
),

corrected as (
    select now.source_system, count(distinct now.path) as files
    from validate.conservation as c
    join extract.delivery as before on before.file_id = c.file_id
    join extract.delivery as now
        on now.source_system = before.source_system and now.layout = before.layout and now.path = before.path
    join validate.accepted_file as a on a.file_id = now.file_id
    where c.state = 'withdrawn' and now.replaced_on is null and a.accepted_on = $1 and now.first_seen_on = $1
    group by now.source_system
)

select
    s.source_system, s.title, coalesce(l.files, 0), coalesce(l.records, 0), coalesce(l.let_in, 0),
    coalesce(b.records, 0), coalesce(c.files, 0)
from extract.source_system as s
left join late as l using (source_system)
left join back as b using (source_system)
left join corrected as c using (source_system)
where l.files > 0 or b.records > 0 or c.files > 0
order by s.source_system
"""

REPEATED_FILES = """
select count(*)
from extract.delivery as d
join extract.file as f using (file_id)
where d.path <> f.path and d.first_seen_on = ?
"""

EVER = "select coalesce(sum(physical_records), 0)::bigint from validate.conservation"
