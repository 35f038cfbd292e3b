"""Whether a model was made for such records is told without labels, from pairs that rules join by something else."""

from __future__ import annotations

import copy
from datetime import date, timedelta

import pytest

from cdp_pipeline.engine import EngineOptions
from cdp_pipeline.link.edges import model_path
from cdp_pipeline.link.fit import ComparisonFit, build_linkage_fit, measure_fit, write_fit
from cdp_pipeline.link.splink_model import LinkageModel, levels_of, read_model
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse

COLUMNS = "comparison, labelled_pairs, fits_badly"


def people(count: int) -> list[SourceRecord]:
    """Each with an account and a card; every tenth wrote the family name wrong once."""
    records = []
    for n in range(count):
        family, born = (
            f"Fam{chr(97 + n % 26)}{chr(97 + n // 26)}son",
            date(1950, 1, 1) + timedelta(days=97 * n),
        )
        for source, name in (("crm", family), ("shop", f"{family}x" if n % 10 == 0 else family)):
            phone = f"+4930{n:07d}" if source == "crm" else None  # records equal in everything would be one
            records.append(
                SourceRecord(
                    f"{source}{n}", "Anna", name, born, email=f"p{n}@mail.example", phone=phone, source=source
                )
            )
    return records


def with_reversed_levels(model: LinkageModel, name: str) -> LinkageModel:
    """A model of data in which a comparison differs where it usually agrees."""
    settings = copy.deepcopy(model.settings)
    [comparison] = [c for c in settings["comparisons"] if c["output_column_name"] == name]
    levels = levels_of(comparison)
    shares = [level["m_probability"] for level in levels]
    for level, share in zip(levels, reversed(shares), strict=True):
        level["m_probability"] = share
    return LinkageModel(model.trained_nodes, settings)


@pytest.fixture
def linked(warehouse: Warehouse) -> Warehouse:
    warehouse.deliver(*people(120))
    warehouse.build("cluster")
    return warehouse


def by_comparison(warehouse: Warehouse, model: LinkageModel) -> dict[str, ComparisonFit]:
    found = measure_fit(warehouse.engine, warehouse.project.linkage, model, EngineOptions())
    return {fit.comparison: fit for fit in found}


def test_only_the_comparison_that_the_data_contradict_fits_badly(linked: Warehouse) -> None:
    model = read_model(model_path(linked.project))
    fits = by_comparison(linked, model)
    assert fits["family_name"].pairs >= 100
    assert not any(fit.is_bad for fit in fits.values())
    wrong = by_comparison(linked, with_reversed_levels(model, "family_name"))
    assert {name for name, fit in wrong.items() if fit.is_bad} == {"family_name"}
    assert wrong["family_name"].bits > 1
    # E-mails agree in all pairs, but it is by them that the pairs were found.
    assert wrong["email"] == fits["email"]


def test_a_night_of_too_few_records_to_train_on_tells_nothing(linked: Warehouse) -> None:
    build_linkage_fit(linked.night())
    assert linked.engine.row_count("link.linkage_fit") == 0
    write_fit(linked.night(), least_records=200)
    rows = linked.engine.fetch_all(f"select {COLUMNS} from link.linkage_fit where labelled_pairs >= 100")
    assert ("family_name", 120, False) in rows


@pytest.mark.parametrize(
    ("pairs", "bits", "is_bad"), [(50, 0.5, True), (49, 7.0, False), (5000, 0.49, False)]
)
def test_a_few_pairs_or_a_slight_difference_are_no_bad_fit(pairs: int, bits: float, is_bad: bool) -> None:
    assert ComparisonFit("address", pairs, bits).is_bad is is_bad
