"""A project's own configuration lies over the shipped one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG, load_project
from cdp_pipeline.errors import ConfigError

SHOP = """
source: shop_at
title: Shop in Austria
zone: Europe/Vienna
country: AT
currency: EUR
files: [{layout: shopify_orders, path: "shop_at/orders*.csv"}]
"""


def write(root: Path, name: str, text: str) -> None:
    path = root / "config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_source_of_ones_own_joins_the_examples(tmp_path: Path) -> None:
    shipped = set(load_project(tmp_path).sources)
    write(tmp_path, "sources/shop_at.yml", SHOP)
    assert set(load_project(tmp_path).sources) == {*shipped, "shop_at"}
    assert "shop" in shipped


def test_a_project_of_ones_own_has_only_its_own_sources_and_activations(tmp_path: Path) -> None:
    assert load_project(tmp_path).activations, "the example retailer sends files"
    write(tmp_path, "project.yml", "name: my_shop\ntitle: My shop\n")
    write(tmp_path, "sources/shop_at.yml", SHOP)
    project = load_project(tmp_path)
    assert set(project.sources) == {"shop_at"}
    assert project.activations == {}
    assert project.settings.name == "my_shop"
    assert set(project.segments) >= {"new_buyers", "repeat_buyers", "lapsed_buyers"}


def test_a_file_of_the_same_name_replaces_ours(tmp_path: Path) -> None:
    text = (SHIPPED_CONFIG / "segments" / "new_buyers.yml").read_text(encoding="utf-8")
    write(tmp_path, "segments/new_buyers.yml", text.replace("owner: team:", "owner: team:my_"))
    assert load_project(tmp_path).segments["new_buyers"].owner.startswith("team:my_")


@pytest.mark.parametrize("name", ["segmets/x.yml", "segments/x.yaml", "projekt.yml"])
def test_a_file_that_would_be_ignored_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "a: 1\n")
    with pytest.raises(ConfigError, match="would be ignored"):
        load_project(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the project's folder does not exist"):
        load_project(tmp_path / "typo")
