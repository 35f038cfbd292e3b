"""Training on demand: repeatable, and refused where there is nothing to learn from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from cdp_pipeline.cli.app import app
from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline.contracts.project import SHIPPED_CONFIG, load_project
from cdp_pipeline.control.match_decisions import decide_match
from cdp_pipeline.engine import EngineOptions, open_working_file
from cdp_pipeline.errors import CdpError
from cdp_pipeline.link import labels, learning
from cdp_pipeline.link.decided_labels import DecidedLabels
from cdp_pipeline.link.learning import block_some
from cdp_pipeline.link.splink_model import LinkageModel, levels_of
from cdp_pipeline.link.training import TrainedModel, create_teaching_nodes, save_model, train_model
from cdp_pipeline.link.workspace import open_workspace
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse

TABLES = ("given_name_variant", "linkage_record", "identifier", "given_name_root")
GIVEN = ["Anna", "Peter", "Ruth", "Max", "Eva", "Paul", "Ida", "Otto", "Uwe", "Lena"]


def two_records_each(people: int) -> list[SourceRecord]:
    """People with an account and a card; every tenth writes the family name wrong once."""
    draw = random.Random(3)
    records = []
    for n in range(people):
        given, family = draw.choice(GIVEN), f"Fam{chr(97 + n % 26)}{chr(97 + n // 26)}son"
        born = date(1950, 1, 1) + timedelta(days=draw.randrange(20_000))
        shared = {"email": f"p{n}@example.org", "phone": f"+4930{n:06d}"}
        records.append(SourceRecord(f"a{n}", given, family, born, **shared, street=f"Ring {n}"))
        wrong = f"{family}x" if n % 10 == 0 else family
        records.append(SourceRecord(f"b{n}", given, wrong, born, **shared, source="shop"))
    return records


OTHER_BIRTH_DATES = pa.Table.from_pylist(
    [
        {
            "decision": "must_link",
            "left_source_system": "crm",
            "left_record_kind": "contact",
            "left_source_record_id": f"a{n}",
            "right_source_system": "crm",
            "right_record_kind": "contact",
            "right_source_record_id": "gone" if n == 10 else f"a{n + 100}",
        }
        for n in range(11)
    ]
)
"""People who looked closely: records with different birth dates that are one person's."""


@pytest.fixture(scope="module")
def large() -> Iterator[Warehouse]:
    """As many records as training asks for."""
    warehouse = Warehouse()
    warehouse.deliver(*two_records_each(600))
    warehouse.build(*TABLES)
    yield warehouse
    warehouse.engine.close()


@pytest.fixture(scope="module")
def linkage(large: Warehouse) -> Linkage:
    """Rules that take fewer pairs of strangers, which is faster."""
    training = large.project.linkage.training.model_copy(update={"max_pairs_for_u": 100_000})
    return large.project.linkage.model_copy(update={"training": training})


@pytest.fixture(scope="module")
def trained(large: Warehouse, linkage: Linkage) -> TrainedModel:
    return train_model(large.engine, linkage, seed=5)


def test_a_column_that_training_never_saw_weighs_nothing(trained: TrainedModel) -> None:
    """No record has a loyalty number: two different ones must not speak for one person when they come."""
    weights = {
        comparison["output_column_name"]: [
            level["m_probability"] / level["u_probability"] for level in levels_of(comparison)
        ]
        for comparison in trained.settings["comparisons"]
    }
    assert set(weights["loyalty_number"]) == {1.0}
    del weights["account"]  # the one comparison whose first level speaks against
    assert all(differs <= 1 for *_, differs in weights.values())


def test_data_without_relatives_can_still_be_joined(trained: TrainedModel) -> None:
    assert not LinkageModel(600, trained.settings).knows_relatives


def test_equal_data_and_seed_give_an_equal_model(
    large: Warehouse, linkage: Linkage, trained: TrainedModel, tmp_path: Path
) -> None:
    texts = []
    for n, model in enumerate((trained, train_model(large.engine, linkage, seed=5))):
        save_model(model, tmp_path / f"{n}.json")
        texts.append((tmp_path / f"{n}.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


def test_decisions_teach(large: Warehouse, linkage: Linkage, trained: TrainedModel) -> None:
    told = train_model(large.engine, linkage, seed=5, decided=OTHER_BIRTH_DATES)
    assert told.decided == DecidedLabels(matches=10, left_out=1)
    before, after = (
        sum(level["m_probability"] for level in levels_of(comparison)[-1:])
        for settings in (trained.settings, told.settings)
        for comparison in settings["comparisons"]
        if comparison["output_column_name"] == "birth_date"
    )
    assert before + 0.01 < after < before + 0.02


def test_what_is_unlikely_among_strangers_and_usual_for_one_person_is_learned(trained: TrainedModel) -> None:
    assert trained.nodes == 1200
    [birth_date] = [c for c in trained.settings["comparisons"] if c["output_column_name"] == "birth_date"]
    exact = birth_date["comparison_levels"][1]
    assert exact["m_probability"] > 0.95
    assert exact["u_probability"] < 0.01


def test_training_says_how_many_decisions_taught(
    large: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDP_CONTROL_DATABASE", raising=False)
    shipped = (SHIPPED_CONFIG / "linkage" / "linkage.yml").read_text(encoding="utf-8")
    fewer_pairs = tmp_path / "config" / "linkage" / "linkage.yml"
    fewer_pairs.parent.mkdir(parents=True)
    fewer_pairs.write_text(shipped.replace(": 10000000\n", ": 100000\n"), encoding="utf-8")
    project = load_project(tmp_path)
    assert project.linkage.training.max_pairs_for_u == 100_000
    project.working_file.parent.mkdir(parents=True)
    with open_working_file(project) as engine:
        engine.create_schemas(list(Stage))
        for table in [f"link.{name}" for name in TABLES] + ["standardise.record_attribute"]:
            with engine.arrow_view(large.engine.fetch_arrow(f"from {table}")) as view:
                engine.replace_table(table, f"from {view}")
    account, other, next_door = (("crm", "contact", f"a{n}") for n in (1, 2, 3))
    decide_match(project, "must_link", account, other, "Eva", "the same signature")
    decide_match(project, "never_link", account, next_door, "Eva", "two signatures")
    answer = CliRunner().invoke(app, ["link", "train", "--project", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert "Learned from 1 decision, too: 1 of one person, 0 of two people of one home." in answer.output
    assert "1 decision on two strangers taught nothing" in answer.output
    said = " ".join(answer.output.split())
    assert f"cdp link compare --project {tmp_path} --config {tmp_path}/config/linkage" in said
    assert f"then link by it: cdp run --project {tmp_path} --from link" in said
    assert (tmp_path / "config" / "linkage" / "model.json").exists()


def test_of_very_many_pairs_a_part_teaches(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.deliver(*two_records_each(150))
    warehouse.build(*TABLES)
    linkage = warehouse.project.linkage
    with open_workspace(warehouse.engine, linkage, EngineOptions()) as workspace:
        create_teaching_nodes(workspace, linkage, seed=1)
        labelled = workspace.row_count("match_label")
        assert block_some(workspace, linkage, seed=1) == 1.0
        blocked = workspace.row_count("blocked_pair")
        monkeypatch.setattr(labels, "MAX_LABELLED_PAIRS", labelled // 3)
        monkeypatch.setattr(learning, "MAX_COMPARED_PAIRS", blocked // 4)
        labels.create_match_labels(workspace, linkage, seed=1)
        assert 0.5 * labelled / 3 < workspace.row_count("match_label") < 1.5 * labelled / 3
        share = block_some(workspace, linkage, seed=1)
        assert share < 0.3
        # What is compared stands for all: as many pairs, once each is counted for those left out.
        assert workspace.row_count("blocked_pair") / share == pytest.approx(blocked, rel=0.15)


def test_too_few_records_are_refused(warehouse: Warehouse) -> None:
    warehouse.deliver(*two_records_each(10))
    warehouse.build(*TABLES)
    with pytest.raises(CdpError, match="at least 1000"):
        train_model(warehouse.engine, warehouse.project.linkage, seed=5)
