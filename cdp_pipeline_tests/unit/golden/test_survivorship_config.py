"""Survivorship that does not fit the profile is refused before any data is read."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import yaml

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.golden import Survivorship
from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.golden.survivorship import check_survivorship
from cdp_pipeline_tests.warehouse import shipped_project

SHIPPED: dict[str, Any] = yaml.safe_load((SHIPPED_CONFIG / "survivorship.yml").read_text(encoding="utf-8"))


def check(groups: list[dict[str, Any]]) -> None:
    survivorship = parse_contract({**SHIPPED, "groups": groups}, Survivorship, origin="survivorship.yml")
    check_survivorship(dataclasses.replace(shipped_project(), survivorship=survivorship))


def group(**changes: Any) -> dict[str, Any]:
    return {"candidates": "record", "columns": ["gender"], "rules": ["most_recent"], "why": "test", **changes}


def email(**changes: Any) -> dict[str, Any]:
    return group(candidates="email", columns=["email"], **changes)


def test_shipped_survivorship_decides_every_column_of_the_profile() -> None:
    check(SHIPPED["groups"])


def test_undecided_column_is_named() -> None:
    without_phone = [entry for entry in SHIPPED["groups"] if entry["candidates"] != "phone"]
    with pytest.raises(ConfigError, match=r"no group decides golden_profile.phone"):
        check(without_phone)


def test_column_that_candidates_do_not_offer_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"groups.0.columns.*Did you mean `gender`"):
        check([group(columns=["gendr"])])


@pytest.mark.parametrize(
    ("groups", "fault"),
    [
        ([group(), group()], "decided twice: \\['gender'\\]"),
        ([group(rules=["reachable_first"])], "e-mail and phone candidates only"),
        ([group(rules=["longest", "longest"])], "a rule stands twice"),
        ([group(complete_columns=["language"])], "columns outside the group"),
        ([group(rules=["newest"])], "most_recent"),
        ([group(rules=["verified_first"])], "e-mail and phone candidates only"),
        ([group(verified_by=["crm"])], "says nothing without the rule verified_first"),
        ([group(ignore_empty="sometimes")], "'candidate', 'column' or 'never'"),
        ([group(ignore_empty="column")], "groups of several columns"),
        ([email(ignore_empty="never")], "email candidates are never empty"),
        ([email(rules=["verified_first"], verified_by=["shpo"])], "verified_by.*Did you mean `shop`"),
    ],
)
def test_contradictory_group_is_refused(groups: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        check(groups)
