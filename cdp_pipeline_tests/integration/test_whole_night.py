"""Promises that hold for every night: conservation, reproducibility, privacy, recipes."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG, load_project
from cdp_pipeline.engine import Engine, open_working_file
from cdp_pipeline.errors import NightError, ValidationFailed
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.fingerprint import published_unchanged
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.nightly.publication import publish_night
from cdp_pipeline.nightly.rollback import roll_back
from cdp_pipeline.privacy.consent_gate import ConsentViolation
from cdp_pipeline.publish.manifest import read_manifest, sha256_of
from cdp_pipeline.publish.night_folder import current_night
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.sample_project import (
    NIGHTS,
    SAMPLES,
    activation_bytes,
    open_project,
    run_night,
    table_hashes,
)

pytestmark = pytest.mark.slow

REPOSITORY = SAMPLES.parent.parent

# An order's lines keep their order: it numbers them.
ROWS_WITHOUT_ORDER = ("contacts", "customers", "loyalty_members", "campaign_events", "preferences")
PLACE_IN_FILE = {"file_id", "sha256", "line", "raw_record"}
"""Columns that say in which bytes a row stood and where; the raw record of quarantine quotes both."""


@pytest.fixture
def after_first(nights: PublishedNights, tmp_path: Path) -> Path:
    """The folder of a project whose first night is published, to go on with."""
    return Path(shutil.copytree(nights.after_first, tmp_path / "project", symlinks=True))


def test_every_record_of_every_file_is_accounted_for(nights: PublishedNights) -> None:
    with Engine.open(nights.second / "identified.duckdb", read_only=True) as engine:
        files = engine.fetch_all(
            "select path, physical_records, loaded_records + quarantined_records + blank_records"
            " from validate.conservation order by path"
        )
        blank = engine.fetch_value("select sum(blank_records) from validate.conservation")
        quarantined = engine.row_count("validate.quarantine")
    assert [path for path, physical, found in files if physical != found] == []
    assert len(files) > 15
    assert blank > 0
    assert quarantined >= 4


def test_a_lost_record_stops_the_night_and_names_the_file(after_first: Path) -> None:
    project = open_project(after_first)
    published = current_night(project.published)
    with Engine.open(project.working_file) as engine:
        path = engine.fetch_value(
            "select distinct f.path from extract.file as f"
            " join extract.raw_shopify_customers as r using (file_id)"
        )
        engine.execute("delete from extract.raw_shopify_customers where line = 3")
    lost = (
        f"{path}: 70 records delivered, but 69 loaded + 0 quarantined + 0 blank (1 file in all). Nothing was"
    )
    with pytest.raises(NightError, match=re.escape(lost)):
        run_night(project, 2)
    assert current_night(project.published) == published


def test_the_manifest_describes_every_file(nights: PublishedNights) -> None:
    manifest = read_manifest(nights.second)
    on_disk = {str(p.relative_to(nights.second)) for p in nights.second.rglob("*") if p.is_file()}
    assert {file.path for file in manifest.files} == on_disk - {"manifest.json"}
    for file in manifest.files:
        assert sha256_of(nights.second / file.path) == file.sha256
        assert (nights.second / file.path).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.long)])
def test_the_same_rows_in_another_order_give_the_same_night_whatever_the_threads(
    threads: int, tmp_path: Path, nights: PublishedNights
) -> None:
    landing = shuffled_landing(tmp_path / "landing", random.Random(threads))
    project = open_project(tmp_path, landing=landing, threads=threads)
    again = run_night(project, run_id="again")
    assert activation_bytes(again) == activation_bytes(nights.first)
    for name in ("identified.duckdb", "analyst.duckdb"):
        hashes = table_hashes(nights.first / name, without=PLACE_IN_FILE)
        assert table_hashes(again / name, without=PLACE_IN_FILE) == hashes


def shuffled_landing(landing: Path, rng: random.Random) -> Path:
    """Copy the landing folder, its files created in the opposite order, rows shuffled where order is nothing."""
    for path in sorted((SAMPLES / "night_1").rglob("*"), reverse=True):
        if path.is_file():
            target = landing / path.relative_to(SAMPLES / "night_1")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            if path.name.startswith(ROWS_WITHOUT_ORDER):
                target.write_bytes(shuffled(path.read_bytes(), rng))
                assert target.read_bytes() != path.read_bytes()
    return landing


def shuffled(content: bytes, rng: random.Random) -> bytes:
    """Shuffle the records of a CSV file below its header; a quoted value may hold line breaks."""
    header, *records = re.findall(rb'(?:[^"\n]|"[^"]*")*\n', content)
    assert len(header) + sum(map(len, records)) == len(content)
    rng.shuffle(records)
    return b"".join([header, *records])


def test_another_date_or_a_new_file_is_a_change(nights: PublishedNights, tmp_path: Path) -> None:
    assert published_unchanged(nights.project, NIGHTS[2]) == read_manifest(nights.second)
    assert published_unchanged(nights.project, NIGHTS[1]) is None
    landing = shutil.copytree(SAMPLES / "night_2", tmp_path / "landing")
    with (landing / "crm" / "contacts_new.csv").open("w", encoding="utf-8") as file:
        file.write("Id,LastName,FirstName\n003X,Neu,Nora\n")
    moved = load_project(nights.project.root, landing=landing)
    assert published_unchanged(moved, NIGHTS[2]) is None


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("layouts/loyalty_members.yml", "misfit: warning", "misfit: critical"),
        ("linkage/linkage.yml", "match_weight: 2.5", "match_weight: 9"),
        ("segments/new_buyers.yml", "at_most: 60", "at_most: 30"),
    ],
)
def test_another_rule_is_a_change(
    name: str, old: str, new: str, nights: PublishedNights, tmp_path: Path
) -> None:
    published = nights.project.published.relative_to(nights.project.root)
    shutil.copytree(nights.project.published, tmp_path / published, symlinks=True)
    assert published_unchanged(open_project(tmp_path, 2), NIGHTS[2]) is not None
    rule = (SHIPPED_CONFIG / name).read_text(encoding="utf-8")
    assert old in rule
    overlay = tmp_path / "config" / name
    overlay.parent.mkdir(parents=True)
    overlay.write_text(rule.replace(old, new, 1), encoding="utf-8")
    assert published_unchanged(open_project(tmp_path, 2), NIGHTS[2]) is None


def test_nights_only_go_forward(nights: PublishedNights) -> None:
    with pytest.raises(NightError, match="Nights only go forward"):
        run_night(nights.project, 1)


def test_rollback_points_back_and_is_on_record(nights: PublishedNights, tmp_path: Path) -> None:
    project = open_project(tmp_path, 2)
    shutil.copytree(nights.project.published, project.published, symlinks=True)
    first, second = (project.published / night.name for night in (nights.first, nights.second))
    left, now = roll_back(project)
    assert (left, now.name) == (second, f"{first.name}-rewritten1")  # some withdrew between the two
    assert current_night(project.published) == now
    with pytest.raises(NightError, match="no earlier night"):
        roll_back(project)


def test_a_broken_promise_of_a_canonical_table_publishes_nothing(after_first: Path) -> None:
    project = open_project(after_first)
    published = current_night(project.published)
    own = after_first / "dbt_like_sql" / "golden"
    own.mkdir(parents=True)
    (own / "impossible.sql").write_text("select 1 as a", encoding="utf-8")
    (own / "impossible.yml").write_text(
        "model: impossible\ndescription: x\ngrain: one row\nowner: team:tests\n"
        "columns: [{name: a, type: INTEGER, description: x}]\n"
        "expectations:\n"
        "  - {type: expect_column_values_to_be_between, kwargs: {column: a, min_value: 2}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ValidationFailed, match=r"golden\.impossible: rule a_is_\w+ is broken in 1 row"):
        run_night(project, since=Stage.GOLDEN, run_id="two")
    assert current_night(project.published) == published


def test_a_row_whose_consent_is_not_in_the_ledger_is_never_published(after_first: Path) -> None:
    project = open_project(after_first)
    published = current_night(project.published)
    with open_working_file(project) as engine:
        engine.execute(
            "delete from standardise.consent_event where contact_value ="
            " (select min(contact_value) from activate.activation_row)"
        )
        night = Night(engine, project, NIGHTS[1], "two")
        with pytest.raises(ConsentViolation, match="no consent that still holds is on record"):
            publish_night(night, load_graph(project))
    assert current_night(project.published) == published


def test_a_reader_survives_a_publish(nights: PublishedNights, tmp_path: Path) -> None:
    project = open_project(Path(shutil.copytree(nights.root, tmp_path / "project", symlinks=True)), 2)
    roll_back(project)
    path = project.published / "current" / "analyst.duckdb"
    reader = duckdb.connect(str(path), read_only=True)
    before = reader.execute("from extract.night").fetchall()
    run_night(project, 2, since=Stage.PUBLISH, run_id="two")
    assert reader.execute("from extract.night").fetchall() == before
    assert reader.execute("select count(*) from golden.golden_profile").fetchall()[0][0] > 100
    reader.close()
    with duckdb.connect(str(path), read_only=True) as fresh:
        assert fresh.execute("select business_date from extract.night").fetchall() == [(NIGHTS[2],)]


def test_published_tables_carry_their_meaning(nights: PublishedNights) -> None:
    with Engine.open(nights.second / "identified.duckdb", read_only=True) as engine:
        silent = engine.fetch_column(
            "select schema_name || '.' || table_name from duckdb_tables() where comment is null"
            " union all select schema_name || '.' || table_name || '.' || column_name"
            " from duckdb_columns() where comment is null and not internal"
        )
    assert silent == []


def test_no_direct_identifier_reaches_the_analysts(nights: PublishedNights) -> None:
    graph = load_graph(nights.project)
    direct = {
        (model.full_name, column.name)
        for model in graph
        for column in model.contract.columns
        if column.sensitivity == "direct"
    }
    with Engine.open(nights.second / "analyst.duckdb", read_only=True) as engine:
        columns = set(
            engine.fetch_all("select schema_name || '.' || table_name, column_name from duckdb_columns()")
        )
        ids = set(engine.fetch_column("select customer_id from golden.golden_profile"))
    assert direct & columns == set()
    with Engine.open(nights.second / "identified.duckdb", read_only=True) as engine:
        real_ids = set(engine.fetch_column("select customer_id from golden.golden_profile"))
    assert len(ids) == len(real_ids)
    assert not ids & real_ids


def test_no_address_or_number_of_the_sample_reaches_the_analysts(nights: PublishedNights) -> None:
    with Engine.open(nights.second / "identified.duckdb", read_only=True) as engine:
        values = engine.fetch_column(
            "select distinct contact_value from standardise.contact_point where is_valid"
        )
    content = (nights.second / "analyst.duckdb").read_bytes()
    with duckdb.connect(str(nights.second / "analyst.duckdb"), read_only=True) as reader:
        tables = reader.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
        text = "".join(json.dumps(reader.execute(f"from {t}").fetchall(), default=str) for (t,) in tables)
    assert len(values) > 100
    assert [value for value in values if value in text or value.encode() in content] == []


def readme_block(first_words: str) -> str:
    """Return the README's YAML block that begins so: what it tells newcomers is what is tested."""
    blocks = re.findall(
        r"```yaml\n(.*?)```", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    [block] = [block for block in blocks if block.startswith(first_words)]
    return str(block)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first night of a project with a second shop and one more segment, one file each."""
    root = tmp_path_factory.mktemp("extended")
    shutil.copytree(SHIPPED_CONFIG / "sources", root / "config" / "sources")
    source = root / "config" / "sources" / "shop_at.yml"
    source.write_text(readme_block("source: shop_at"), encoding="utf-8")
    segment = root / "config" / "segments" / "berliners.yml"
    segment.parent.mkdir(parents=True)
    segment.write_text(readme_block("segment: berliners"), encoding="utf-8")
    landing = shutil.copytree(SAMPLES / "night_1", root / "landing")
    shutil.copytree(landing / "shop", landing / "shop_at")
    return run_night(open_project(root, landing=landing))


def test_adding_a_second_shop_is_one_file(extended: Path) -> None:
    with Engine.open(extended / "identified.duckdb", read_only=True) as engine:
        counts = dict(
            engine.fetch_all(
                "select source_system, count(*) from standardise.purchase"
                " where source_system in ('shop', 'shop_at') group by all"
            )
        )
        people = engine.fetch_value(
            "select count(*) from link.customer_source_record as ours"
            " join link.customer_source_record as theirs using (record_kind, source_record_id, customer_id)"
            " where ours.source_system = 'shop' and theirs.source_system = 'shop_at'"
        )
    assert counts["shop_at"] == counts["shop"] > 0
    assert people > 0.9 * counts["shop_at"], "the same orders belong to the same people"


def test_adding_a_segment_is_one_file(extended: Path) -> None:
    with Engine.open(extended / "identified.duckdb", read_only=True) as engine:
        members = engine.fetch_column(
            "select customer_id from segment.segment_member"
            " where segment = 'berliners' and left_on is null order by 1"
        )
        expected = engine.fetch_column(
            "select p.customer_id from golden.golden_profile as p"
            " join golden.customer_purchase as b using (customer_id)"
            " where p.city = 'Berlin' and b.net_amount > 0 group by all having count(*) >= 2 order by 1"
        )
    assert members == expected
    assert members
