"""The truth of an evaluation: what of it counts, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.link.evaluation_truth import Coverage, TruthError, create_evaluated_records

COLUMNS = ("source_system", "record_kind", "source_record_id", "person_id", "is_junk", "troubles")


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def truth(*rows: dict[str, str]) -> pa.Table:
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in COLUMNS}
    return pa.table({**columns, "row": pa.array(range(1, len(rows) + 1), pa.int64())})


def linked(*ids: str, source: str = "crm") -> pa.Table:
    """Records of one source, each in a cluster of its own."""
    return pa.table(
        {
            "record": pa.array(range(len(ids)), pa.int64()),
            "source_system": [source] * len(ids),
            "source_record_id": list(ids),
            "cluster": pa.array(range(len(ids)), pa.int64()),
        }
    )


def person(record: str, person_id: str, **more: str) -> dict[str, str]:
    return {"source_record_id": record, "person_id": person_id, **more}


def test_junk_missing_and_unknown_records_do_not_count_and_are_told(engine: Engine) -> None:
    rows = truth(person("a", "P1"), person("b", "P1", is_junk="true"), person("gone", "P2"))
    coverage = create_evaluated_records(engine, linked("a", "b", "c"), rows, "truth.csv")
    assert coverage == Coverage(
        truth_records=3, evaluated_records=1, junk_records=1, missing_records=1, unknown_records=1
    )
    assert engine.fetch_all("select record, cluster from evaluated_record") == [(0, 0)]


def test_troubles_are_parted_by_semicolons(engine: Engine) -> None:
    rows = truth(person("a", "P1", troubles="moved; typo"), person("b", "P1", troubles=""))
    create_evaluated_records(engine, linked("a", "b"), rows, "truth.csv")
    assert engine.fetch_all("select record, trouble from record_trouble order by all") == [
        (0, "moved"),
        (0, "typo"),
    ]


def test_troubles_that_only_left_out_records_bear_are_named(engine: Engine) -> None:
    rows = truth(
        person("a", "P1", troubles="moved"),
        person("junk", "P2", troubles="moved;junk_name", is_junk="true"),
        person("gone", "P2", troubles="deleted"),
    )
    coverage = create_evaluated_records(engine, linked("a", "junk"), rows, "truth.csv")
    assert coverage.uncounted_troubles == ("deleted", "junk_name")


def test_source_system_tells_records_apart_where_the_truth_has_it(engine: Engine) -> None:
    both = pa.concat_tables([linked("a"), linked("a", source="shop")])
    rows = truth(person("a", "P1", source_system="shop"))
    assert create_evaluated_records(engine, both, rows, "truth.csv").evaluated_records == 1
    with pytest.raises(TruthError, match=r"stand for several records.*Add source_system"):
        create_evaluated_records(engine, both, truth(person("a", "P1")), "truth.csv")


def test_a_record_of_two_persons_is_refused_by_its_row(engine: Engine) -> None:
    rows = truth(person("a", "P1"), person("b", "P1"), person("a", "P2"))
    with pytest.raises(TruthError, match=r"truth\.csv: row 3 names a record that an earlier row names"):
        create_evaluated_records(engine, linked("a", "b"), rows, "truth.csv")


def test_a_record_without_person_is_refused_unless_it_is_junk(engine: Engine) -> None:
    nobody = {"source_record_id": "b", "is_junk": "1"}
    create_evaluated_records(engine, linked("a", "b"), truth(person("a", "P1"), nobody), "truth.csv")
    with pytest.raises(TruthError, match="row 2 has no source_record_id or no person_id"):
        create_evaluated_records(
            engine, linked("a", "b"), truth(person("a", "P1"), {"source_record_id": "b"}), "truth.csv"
        )


def test_a_truth_of_other_data_is_refused(engine: Engine) -> None:
    with pytest.raises(TruthError, match="none of its 1 records is among the linked ones"):
        create_evaluated_records(engine, linked("a"), truth(person("x", "P1")), "truth.csv")
