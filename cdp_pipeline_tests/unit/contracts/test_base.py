"""Errors of configuration name file, key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.contracts.base import read_contract
from cdp_pipeline.contracts.segment import SegmentFile
from cdp_pipeline.contracts.source import Source
from cdp_pipeline.contracts.table import ColumnContract, TableContract
from cdp_pipeline.errors import ConfigError

SOURCE = """
source: shop_at
title: Shop in Austria
zone: Europe/Vienna
country: AT
currency: EUR
files:
  - {layout: shopify_orders, path: "shop_at/orders*.csv"}
"""


def read_source(tmp_path: Path, text: str) -> Source:
    path = tmp_path / "shop_at.yml"
    path.write_text(text, encoding="utf-8")
    return read_contract(path, Source)


def test_a_valid_file_is_read(tmp_path: Path) -> None:
    assert read_source(tmp_path, SOURCE).files[0].layout == "shopify_orders"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("country: AT", "contry: AT", r"key `contry` is unknown\. Did you mean `country`\?"),
        ("country: AT\n", "", r"key `country` is missing\. Add it\."),
        ("Europe/Vienna", "Vienna", r"key `zone`: .*not a time zone"),
        ("country: AT", "country: Austria", r"key `country`"),
        ("layout: shopify", "layuot: shopify", r"`files\.0\.layuot` is unknown\. Did you mean `layout`\?"),
        ("shop_at/orders", "/abs/orders", r"key `files\.0\.path`"),
        ("title: Shop in Austria", "title: [", "not valid YAML"),
    ],
)
def test_a_mistake_names_file_key_and_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        read_source(tmp_path, SOURCE.replace(old, new))
    assert "shop_at.yml" in str(error.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yml: the file does not exist"):
        read_contract(tmp_path / "none.yml", SegmentFile)


def test_a_list_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a mapping"):
        read_source(tmp_path, "- a\n- b\n")


def test_a_column_that_names_a_person_can_never_be_kept_for_analysts() -> None:
    with pytest.raises(ValueError, match="can only be dropped for analysts"):
        ColumnContract(name="email", type="VARCHAR", description="x", sensitivity="direct", analyst="keep")


def test_a_key_must_name_columns_of_the_table() -> None:
    column = ColumnContract(name="a", type="VARCHAR", description="x")
    with pytest.raises(ValueError, match="key names columns that the table does not have"):
        TableContract(model="t", description="x", grain="x", owner="team:x", key=["b"], columns=[column])
