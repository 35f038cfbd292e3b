"""Training on demand: repeatable, and refused where there is nothing to learn from."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.errors import CdpError
from cdp_pipeline.link.training import save_model, train_model
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse

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


def test_equal_data_and_seed_give_an_equal_model(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.deliver(*two_records_each(600))
    warehouse.build("given_name_variant", "linkage_record", "identifier", "given_name_root")
    training = warehouse.project.linkage.training.model_copy(update={"max_pairs_for_u": 100_000})
    linkage = warehouse.project.linkage.model_copy(update={"training": training})
    texts = []
    for n in range(2):
        model = train_model(warehouse.engine, linkage, seed=5)
        save_model(model, tmp_path / f"{n}.json")
        texts.append((tmp_path / f"{n}.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert model.nodes == 1200
    [birth_date] = [c for c in model.settings["comparisons"] if c["output_column_name"] == "birth_date"]
    exact = birth_date["comparison_levels"][1]
    assert exact["m_probability"] > 0.95
    assert exact["u_probability"] < 0.01


def test_too_few_records_are_refused(warehouse: Warehouse) -> None:
    warehouse.deliver(*two_records_each(10))
    warehouse.build("given_name_variant", "linkage_record", "identifier", "given_name_root")
    with pytest.raises(CdpError, match="at least 1000"):
        train_model(warehouse.engine, warehouse.project.linkage, seed=5)
