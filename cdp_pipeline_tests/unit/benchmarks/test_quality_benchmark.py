"""The comparison of linkages, on records few enough to count by hand; the rivals themselves are not run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.link.quality import measure_clusters
from cdp_pipeline_tests.benchmarks import quality_linkages
from cdp_pipeline_tests.benchmarks.measured_process import Cost, ProcessFailedError, run_measured
from cdp_pipeline_tests.benchmarks.quality_linkages import Measured, link_by_splink
from cdp_pipeline_tests.benchmarks.quality_sets import DataSet, Target, file_set, world_truth
from cdp_pipeline_tests.benchmarks.quality_table import markdown_table, verdicts

RECORDS = """
    select * from (values
        ('r1', 'a', 'ann', 'lee', '6', 'oak st', null, 'perth', '6000', '19810209', '111'),
        ('r2', 'b', 'anne', 'lee', '6', 'oak st', null, 'perth', '6000', '19810299', '111'),
        ('r3', 'a', 'bob', 'roe', null, null, null, null, null, null, '222'),
        ('r4', 'b', 'rob', 'roe', '9', 'elm st', null, 'hobart', '7000', '19550101', '223')
    ) as record (record_id, source, given_name, surname, street_number, address_1, address_2, suburb, postcode,
        date_of_birth, soc_sec_id)
"""
TRUTH = "select * from (values ('r1', '1'), ('r2', '1'), ('r3', '2'), ('r4', '2')) as truth (record_id, entity_id)"

# Below 0.99 it takes all for one person, from there on what shares an identifier.
SCRIPT = """
import sys
import duckdb
records, clusters, *options = sys.argv[1:]
cluster = "email" if float(options[options.index("--threshold") + 1]) >= 0.99 else "'all'"
duckdb.execute(f"copy (select unique_id, {cluster} as cluster_id from '{records}') to '{clusters}'")
"""


@pytest.fixture
def febrl4(tmp_path: Path) -> DataSet:
    with Engine.open() as engine:
        for name, rows in (("records", RECORDS), ("truth", TRUTH)):
            engine.execute(f"copy ({rows}) to {quote_literal(str(tmp_path / f'febrl4_{name}.parquet'))}")
    return file_set("febrl4", tmp_path, tmp_path, "AU")


def test_the_yardstick_gets_dates_in_its_own_form_and_the_identifier_for_an_email(febrl4: DataSet) -> None:
    with Engine.open() as engine:
        rows = engine.fetch_all(f"from {quote_literal(str(febrl4.yardstick_records))}")
    assert rows[0] == (
        "a", "r1", "ann", "lee", "111", "19810209 6000", "1981-02-09", "6000", "6 oak st perth",
    )  # fmt: skip
    assert rows[1][6] is None, "no such day"
    assert rows[2] == ("a", "r3", "bob", "roe", "222", None, None, None, None)


def test_a_bare_linkage_stands_at_its_usual_threshold_and_at_its_best(
    febrl4: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality_linkages, "THRESHOLDS", (0.5, 0.99))
    script = tmp_path / "bare.py"
    script.write_text(SCRIPT, encoding="utf-8")
    usual, best = link_by_splink(febrl4, tmp_path, script, "typical")
    assert (usual.way, best.way) == ("typical, 0.95", "typical, 0.99 (best)")
    assert [usual.figure(name) for name in ("precision", "recall", "over_merged_share")] == [2 / 6, 1.0, 1.0]
    assert [best.figure(name) for name in ("precision", "recall", "over_merged_share")] == [1.0, 0.5, 0.0]
    assert best.cost == usual.cost is not None


def test_a_linkage_that_fails_is_told_and_the_others_go_on(febrl4: DataSet, tmp_path: Path) -> None:
    script = tmp_path / "bare.py"
    script.write_text("import sys; sys.exit('no pairs to train on')", encoding="utf-8")
    [failed] = link_by_splink(febrl4, tmp_path, script, "typical")
    [line] = verdicts([failed], ())
    assert line == "febrl4, Splink: typical, 0.95 failed: no pairs to train on"
    assert "| febrl4 | Splink: typical, 0.95 | failed |" in markdown_table([failed])


def test_what_a_process_took_is_its_own(tmp_path: Path) -> None:
    cost = run_measured([sys.executable, "-c", "sum(range(3_000_000))"], tmp_path)
    assert cost.cpu_seconds > 0
    assert 5 < cost.peak_mb < 60, "not what this process holds"
    with pytest.raises(ProcessFailedError, match=r"^last words$"):
        run_measured([sys.executable, "-c", "import sys; sys.exit('last words')"], tmp_path)


def _measured(maker: str, way: str, clusters: str) -> Measured:
    """Measure clusters (query of record and cluster) of four records of two persons."""
    with Engine.open() as engine:
        truth = f"select record_id as record, entity_id as person from ({TRUTH})"
        return Measured("set", maker, way, measure_clusters(engine, clusters, truth), Cost(1.0, 2.0, 300))


def test_ours_is_compared_with_the_better_rival_and_the_targets() -> None:
    ours = _measured(
        "ours", "cdp link", "select * from (values ('r1', 1), ('r2', 1)) as found (record, cluster)"
    )
    apart = _measured("Splink", "typical", "select 'r1' as record, 1 as cluster")
    merged = _measured(
        "GoldenMatch", "zero-config", "select unnest(['r1', 'r2', 'r3', 'r4']) as record, 1 as cluster"
    )
    targets = (Target("f1", least=0.9), Target("over_merged_share", below=0.003))
    assert list(verdicts([ours, apart, merged], targets)) == [
        "set, cdp link: at least the better of Splink's best and GoldenMatch: yes "
        "(0.6667; GoldenMatch: zero-config, 0.5000)",
        "set, cdp link: pair F1 at least 0.9: no (0.6667)",
        "set, cdp link: over-merged clusters below 0.3%: yes (0.00%)",
    ]
    rows = markdown_table([ours, merged]).splitlines()
    assert rows[2] == (
        "| set | ours: cdp link | 1.0000 | 0.5000 | 0.6667 | 0.8571 | 0.00% | 1.0 | 2.0 | 300 |"
    )
    assert rows[3].split(" | ")[6] == "100.00%"


WORLD = """\
source_system,record_kind,source_record_id,person_id,is_junk,troubles
crm,contact,1,P1,false,
shop,order,#3,P1,false,typo
crm,contact,6,,true,junk_record
"""


def test_junk_of_a_world_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "records.csv").write_text(WORLD, encoding="utf-8")
    with Engine.open() as engine:
        assert engine.fetch_all(f"{world_truth(tmp_path)} order by record") == [
            ("crm/contact/1", "P1"),
            ("shop/order/#3", "P1"),
        ]
