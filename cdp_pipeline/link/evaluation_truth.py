"""The truth that linkage is measured by: which record is which person, as someone found out or invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdp_pipeline.errors import CdpError
from cdp_pipeline.link.workspace import RECORD_KEY

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.engine import Engine

EVALUATED = "select record, cluster from evaluated_record"
"""Query of the clusters under evaluation, as `measure_clusters` takes it."""

TRUTH = "select record, person from evaluated_record"

YES = "('true', 'yes', 'y', 't', '1')"


class TruthError(CdpError):
    """A file of truth cannot serve: it contradicts itself, or names records by too few columns."""


@dataclass(frozen=True)
class Coverage:
    """How the truth and the linked records cover each other.

    Attributes:
        truth_records: records that the truth names, junk included.
        evaluated_records: those that are counted: linked, and no junk.
        junk_records: records that are nobody; they are left out of all counts.
        missing_records: records that the truth names and linkage never saw; left out as well.
        unknown_records: linked records of which the truth says nothing; left out.
        uncounted_troubles: kinds of trouble that only left-out records bear, by name.
    """

    truth_records: int
    evaluated_records: int
    junk_records: int
    missing_records: int
    unknown_records: int
    uncounted_troubles: tuple[str, ...] = ()


def create_evaluated_records(engine: Engine, linked: pa.Table, truth: pa.Table, origin: str) -> Coverage:
    """Create `evaluated_record` (record, person, cluster) and `record_trouble` (record, trouble).

    Records are told apart by those columns of the record key that both sides have.

    Args:
        linked: record (BIGINT), columns of the record key, cluster.
        truth: text columns of the record key, person_id, is_junk, troubles (parted by `;`), null where unknown;
            row, its number in the file.
        origin: the truth's file, for messages.

    Raises:
        TruthError: the truth names a record twice or without person, its columns do not tell records apart, or
            it knows none of the linked records.
    """
    columns = [
        name for name in RECORD_KEY if name in linked.column_names and truth.column(name).null_count == 0
    ]
    key = ", ".join(columns)
    with engine.arrow_view(truth) as truth_view, engine.arrow_view(linked) as linked_view:
        engine.replace_table(
            "truth_record",
            f"""
            select
                row,
                source_record_id,
                person_id,
                coalesce(lower(is_junk), '') in {YES} as is_junk,
                string_split(coalesce(troubles, ''), ';') as troubles,
                concat_ws(chr(31), {key}) as record_key
            from {truth_view}
            """,
        )
        engine.replace_table(
            "linked_record",
            f"select record, cluster, concat_ws(chr(31), {key}) as record_key from {linked_view}",
        )
    _refuse_unusable(engine, origin, columns)
    _create_tables(engine)
    return _coverage(engine, origin)


def _refuse_unusable(engine: Engine, origin: str, columns: list[str]) -> None:
    """Refuse a truth that would count pairs wrongly."""
    unusable = engine.fetch_column(
        "select row from truth_record"
        " where source_record_id is null or (person_id is null and not is_junk) order by row limit 1"
    )
    if unusable:
        raise TruthError(
            f"{origin}: row {unusable[0]} has no source_record_id or no person_id. Give each record both, or mark "
            "records of nobody with is_junk."
        )
    twice = engine.fetch_column(
        "select max(row) from truth_record group by record_key having count(*) > 1 order by 1 limit 1"
    )
    if twice:
        raise TruthError(
            f"{origin}: row {twice[0]} names a record that an earlier row names. {_told_apart_by(columns)}"
        )
    alike = engine.fetch_value(
        "select count(*) from (select record_key from linked_record semi join truth_record using (record_key)"
        " group by record_key having count(*) > 1)"
    )
    if alike:
        raise TruthError(
            f"{origin}: {alike} of its keys stand for several records. {_told_apart_by(columns)}"
        )


def _told_apart_by(columns: list[str]) -> str:
    absent = [name for name in RECORD_KEY if name not in columns]
    remedy = f"Add {' and '.join(absent)}, filled in every row" if absent else "Leave one row per record"
    return f"Records are told apart by {', '.join(columns)}. {remedy}."


def _create_tables(engine: Engine) -> None:
    engine.replace_table(
        "evaluated_record",
        """
        select record, dense_rank() over (order by person_id) as person, cluster
        from truth_record inner join linked_record using (record_key)
        where not is_junk
        """,
    )
    engine.replace_table(
        "record_trouble",
        """
        select distinct record, trim(unnest(troubles)) as trouble
        from truth_record inner join linked_record using (record_key)
        where not is_junk
        """,
    )
    engine.execute("delete from record_trouble where trouble = ''")


def _coverage(engine: Engine, origin: str) -> Coverage:
    [(named, junk, missing)] = engine.fetch_all(
        """
        select count(*), count(*) filter (where is_junk), count(*) filter (where record is null)
        from truth_record left join linked_record using (record_key)
        """
    )
    if missing == named:
        raise TruthError(
            f"{origin}: none of its {named} records is among the linked ones. Take the truth of the same data, and "
            "compare source_system, record_kind and source_record_id with link.cluster."
        )
    unknown = engine.fetch_value(
        "select count(*) from linked_record anti join truth_record using (record_key)"
    )
    return Coverage(
        truth_records=named,
        evaluated_records=engine.row_count("evaluated_record"),
        junk_records=junk,
        missing_records=missing,
        unknown_records=unknown,
        uncounted_troubles=tuple(engine.fetch_column(UNCOUNTED_TROUBLES)),
    )


UNCOUNTED_TROUBLES = """
select distinct trim(unnest(troubles)) as trouble from truth_record
except
select trouble from record_trouble
except
select ''
order by trouble
"""
