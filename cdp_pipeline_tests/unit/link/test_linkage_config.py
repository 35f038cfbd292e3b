"""The shipped linkage.yml, and errors in a changed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.link.splink_model import LinkageModel, read_model

SHIPPED = SHIPPED_CONFIG / "linkage" / "linkage.yml"


@pytest.fixture
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return loaded


def test_a_rule_without_a_reason_is_refused(document: dict[str, Any]) -> None:
    del document["rules"][0]["why"]
    with pytest.raises(ConfigError, match=r"linkage\.yml: key `rules\.0\.why` is missing"):
        parse_contract(document, Linkage, origin="linkage.yml")


def test_an_unknown_key_of_a_rule_names_the_accepted_ones(document: dict[str, Any]) -> None:
    document["rules"][0]["keys"] = ["e_mail"]
    with pytest.raises(ConfigError, match="'email', 'phone'"):
        parse_contract(document, Linkage, origin="linkage.yml")


def test_a_name_used_twice_is_refused(document: dict[str, Any]) -> None:
    document["blocking_rules"][0]["name"] = document["rules"][0]["name"]
    with pytest.raises(ConfigError, match="used twice"):
        parse_contract(document, Linkage, origin="linkage.yml")


def test_near_misses_above_the_threshold_are_refused(document: dict[str, Any]) -> None:
    document["near_miss_threshold"]["match_weight"] = 99
    with pytest.raises(ConfigError, match="near_miss_threshold lies above"):
        parse_contract(document, Linkage, origin="linkage.yml")


def test_a_value_kind_without_a_sharing_limit_is_refused(document: dict[str, Any]) -> None:
    del document["shared_values"]["phone"]
    with pytest.raises(ConfigError, match="phone"):
        parse_contract(document, Linkage, origin="linkage.yml")


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="train one: cdp link train"):
        read_model(tmp_path / "model.json")


def test_the_prior_falls_with_more_strangers_and_never_rises() -> None:
    model = LinkageModel(10_000, {"probability_two_random_records_match": 1e-4})
    assert model.settings_for(40_000)["probability_two_random_records_match"] == 2.5e-5
    assert model.settings_for(100)["probability_two_random_records_match"] == 1e-4


def test_the_shipped_model_leaves_no_level_to_chance() -> None:
    model = read_model(SHIPPED.with_name("model.json"))
    for comparison in model.settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                assert 0 < level["m_probability"] < 1
                assert 0 < level["u_probability"] <= 1
