"""Keeping the records of erased people out, whenever a source delivers them again.

A record in which a value stands whose keyed hash is a tombstone never enters a table of delivered text. That it was
there is noted by file and line alone, so that every record of every file is still accounted for.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdp_pipeline.contracts.identity import IdentityKind
from cdp_pipeline.contracts.layout import Layout, LinesPerKey
from cdp_pipeline.contracts.table import DATA_ENGINEERING, ColumnContract, Sensitivity, TableContract
from cdp_pipeline.delivered_identity import identities_in_text, identities_of, places_of
from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.engine.keyed_hash import hmac_pads, hmac_sha256_hex
from cdp_pipeline.night import Night

TOMBSTONE_TABLE, ERASED_TABLE = "extract.tombstone", "extract.erased_record"

TOMBSTONE = TableContract(
    model="tombstone",
    description="By what records of erased people are told: keyed hashes, of no use without the project's key.",
    grain="one row per identity that stays out",
    owner=DATA_ENGINEERING,
    key=["digest"],
    columns=[
        ColumnContract(
            name="digest",
            type="VARCHAR",
            description="HMAC-SHA256 of an address, a number or an id, in hex.",
            sensitivity=Sensitivity.PSEUDONYM,
        ),
        ColumnContract(name="kind", type="VARCHAR", description="What it is the hash of, such as email."),
        ColumnContract(name="erasure_id", type="BIGINT", description="Erasure that it comes from."),
        ColumnContract(name="erased_on", type="DATE", description="Day of the erasure, UTC."),
    ],
)

ERASED_RECORD = TableContract(
    model="erased_record",
    description="Delivered records that stay out, since they are of people who were erased.",
    grain="one row per file and line",
    owner=DATA_ENGINEERING,
    key=["file_id", "line"],
    columns=[
        ColumnContract(name="file_id", type="VARCHAR", description="File that holds the record."),
        ColumnContract(
            name="line",
            type="BIGINT",
            description="Line of the file, from 1; of a workbook or Parquet the row.",
        ),
    ],
)


KINDS_THAT_FOLLOW = tuple(
    f"{kind}|"
    for kind in (IdentityKind.PURCHASE, IdentityKind.INTERACTION, IdentityKind.RECORD, IdentityKind.ACCOUNT)
)
"""What a record that stays out tells anew of the person: another file may name them by that alone, such as the items of
a receipt."""

FOLLOWS = " or ".join(f"starts_with(identity, '{kind}')" for kind in KINDS_THAT_FOLLOW)

DIGEST = hmac_sha256_hex("identity", "$1", "$2")

FOLLOWING = f"""
insert into {TOMBSTONE_TABLE} by name
select
    {DIGEST} as digest,
    split_part(identity, '|', 1) as kind,
    (select max(erasure_id) from {TOMBSTONE_TABLE}) as erasure_id,
    cast($3 as date) as erased_on
from (
    select distinct identity
    from ({{identities}}) semi join {ERASED_TABLE} using (file_id, line)
    where {FOLLOWS}
)
where {DIGEST} not in (select digest from {TOMBSTONE_TABLE})
"""


def create_tombstone(night: Night) -> None:
    """Create `extract.tombstone` unless it is there; a night copies its rows from the control database."""
    night.engine.execute(f"create table if not exists {TOMBSTONE_TABLE} ({TOMBSTONE.column_definitions})")


def create_erased_record(night: Night) -> None:
    """Create `extract.erased_record` unless it is there; loading fills it, and so does an erasure."""
    night.engine.execute(f"create table if not exists {ERASED_TABLE} ({ERASED_RECORD.column_definitions})")


def keep_out_what_follows(night: Night) -> None:
    """Take out of the raw tables what was loaded before another file told that it is an erased person's.

    Must run inside a transaction.
    """
    create_tombstone(night)
    create_erased_record(night)
    told = f"select digest from {TOMBSTONE_TABLE} where erased_on = $3"
    if not night.engine.fetch_all(told.replace("$3", "$1"), [night.business_date]):
        return
    countries = {name: source.country for name, source in night.project.sources.items()}
    pads = hmac_pads(night.project.erasure_key)
    for name, layout in night.project.used_layouts.items():
        table = f"extract.raw_{name}"
        identities = identities_of(layout, table, countries)
        if not identities or not night.engine.table_exists(table):
            continue
        known = f"select identity from delivered where ({FOLLOWS}) and {DIGEST} in ({told})"
        night.engine.execute(
            f"insert into {ERASED_TABLE} select distinct file_id, line from ({places_of(identities, known)})"
            f" anti join {ERASED_TABLE} using (file_id, line)",
            [*pads, night.business_date],
        )
        night.engine.execute(
            f"delete from {table} where (file_id, line) in (select (file_id, line) from {ERASED_TABLE})"
        )


def note_erased(engine: Engine, lines: str) -> None:
    """Note delivered records that are deleted now; must run in the transaction in which they are.

    Args:
        lines: query of file_id and line.
    """
    engine.execute(f"create table if not exists {ERASED_TABLE} ({ERASED_RECORD.column_definitions})")
    engine.execute(
        f"insert into {ERASED_TABLE} select distinct file_id, line from ({lines}) as erased(file_id, line)"
        f" anti join {ERASED_TABLE} using (file_id, line) order by all"
    )


def filter_of(night: Night, layout: Layout, source_system: str, file_id: str) -> ErasureFilter | None:
    """Return what keeps erased people's records out of a file; nothing where nobody was erased."""
    create_tombstone(night)
    create_erased_record(night)
    is_needed = night.engine.row_count(TOMBSTONE_TABLE) > 0
    return ErasureFilter(night, layout, source_system, file_id) if is_needed else None


@dataclass(frozen=True)
class ErasureFilter:
    """What keeps erased people's records out of the raw table of one layout.

    Attributes:
        layout: as the file's source writes it.
        file_id: under which the file's records are noted.
    """

    night: Night
    layout: Layout
    source_system: str
    file_id: str

    def note_records(self, view: str) -> None:
        """Note which records of a batch stay out.

        Args:
            view: line and the layout's columns.
        """
        found = identities_of(self.layout, self._with_place(view), self._countries)
        if found:
            self._note(found)
            self._keep_what_they_tell(found)
            if self.layout.lines_per_key is LinesPerKey.MANY:
                self._note_other_lines(view)

    def note_unparsed(self, view: str) -> None:
        """Note which records of a batch stay out of those that could not be taken apart: line, raw_record.

        They tell nothing anew: whatever stands in them is taken for anything, so a 1 would be somebody's number.
        """
        found = identities_in_text(self.layout, self._with_place(view), self._countries)
        if found:
            self._note(found)

    @property
    def kept_lines(self) -> str:
        """The condition of the lines that may enter."""
        return f"line not in (select line from {ERASED_TABLE} where file_id = {quote_literal(self.file_id)})"

    def close(self) -> None:
        """Forget which orders of the file stay out."""
        self.night.engine.execute("drop table if exists temp.erased_key")

    def _note(self, identities: str) -> None:
        known = (
            "select identity from (select distinct identity from delivered)"
            f" where {DIGEST} in (select digest from {TOMBSTONE_TABLE})"
        )
        self.night.engine.execute(
            f"insert into {ERASED_TABLE} select file_id, line from ({places_of(identities, known)})",
            hmac_pads(self.night.project.erasure_key),
        )

    def _keep_what_they_tell(self, identities: str) -> None:
        """Make tombstones of what the noted records tell anew of the person."""
        self.night.engine.execute(
            FOLLOWING.format(identities=identities),
            [*hmac_pads(self.night.project.erasure_key), self.night.business_date],
        )

    def _note_other_lines(self, view: str) -> None:
        """Note the other lines of an order, also those of the next batch: only the first may name the buyer."""
        execute = self.night.engine.execute
        key = f"concat_ws(chr(31), {', '.join(self.layout.key)})"
        erased = f"(select line from {ERASED_TABLE} where file_id = $1)"
        execute("create temp table if not exists erased_key (key varchar)")
        execute(f"insert into erased_key select {key} from {view} where line in {erased}", [self.file_id])
        execute(
            f"insert into {ERASED_TABLE} select $1, line from {view}"
            f" where {key} in (from erased_key) and line not in {erased}",
            [self.file_id],
        )

    def _with_place(self, view: str) -> str:
        place = (
            f"{quote_literal(self.source_system)} as source_system, {quote_literal(self.file_id)} as file_id"
        )
        return f"(select {place}, * from {view})"

    @property
    def _countries(self) -> dict[str, str]:
        return {name: source.country for name, source in self.night.project.sources.items()}
