"""Destinations and activations that would send the wrong thing are refused before any data is read."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
import yaml

from cdp_pipeline.activate.configuration import check_activations
from cdp_pipeline.contracts.activation import (
    CONTACT_FIELDS,
    NORMALISERS,
    Activation,
    Destination,
    ProfileField,
)
from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.lookup import find_table_contract
from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.warehouse import Warehouse, shipped_project

GOOGLE: dict[str, Any] = yaml.safe_load(
    (SHIPPED_CONFIG / "destinations" / "google_customer_match.yml").read_text()
)


def refusal(**changes: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        parse_contract({**copy.deepcopy(GOOGLE), **changes}, Destination, origin="google.yml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"columns": [{"header": "Email", "field": "email"}]}, "required fields without a column"),
        (
            {"columns": [{"header": "N", "field": "given_name", "normaliser": "digits"}]},
            "has no normaliser digits",
        ),
        (
            {"columns": [{"header": "N", "field": "given_name", "occurrence": 2}]},
            "occurrence is for email and phone",
        ),
        ({"required_any": ["given_name"]}, "required_any"),
        ({"minimum_people": 0}, "minimum_people"),
        (
            {"columns": [*GOOGLE["columns"], {"header": "Email", "field": "email", "occurrence": 4}]},
            "need the occurrences 1 to 3",
        ),
        (
            {"columns": [*GOOGLE["columns"], {"header": "Email", "field": "email", "occurrence": 3}]},
            "differ in normaliser, hashing",
        ),
    ],
)
def test_contradictory_destination_is_refused(changes: dict[str, Any], fault: str) -> None:
    assert fault in refusal(**changes)


def activation(name: str, **changes: Any) -> Activation:
    fields = {"activation": name, "title": "T", "owner": "team:test", "segment": "repeat_buyers"}
    rest = {"destination": "google_customer_match", "purpose": "ad_audiences"}
    return parse_contract({**fields, **rest, **changes}, Activation, origin="test")


def check(*activations: Activation) -> None:
    check_activations(
        dataclasses.replace(shipped_project(), activations={a.activation: a for a in activations})
    )


def test_shipped_activations_are_sound() -> None:
    check_activations(shipped_project())


def test_newsletter_purpose_cannot_feed_an_ad_platform() -> None:
    with pytest.raises(
        ConfigError, match=r"activations/x.yml.*google_customer_match.yml is not for marketing"
    ):
        check(activation("x", purpose="marketing"))


def test_segment_is_used_for_its_purposes_only() -> None:
    project = shipped_project()
    narrowed = project.segments["repeat_buyers"].model_copy(update={"purposes": ["marketing"]})
    project = dataclasses.replace(project, segments={**project.segments, "repeat_buyers": narrowed})
    with pytest.raises(ConfigError, match=r"segments/repeat_buyers.yml is not for ad_audiences"):
        check_activations(project)


def test_two_activations_with_one_file_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="their files would have one name"):
        check(activation("x"), activation("y"))


@pytest.mark.parametrize(
    ("excluded", "fault"),
    [
        ("recent_complainer", "no segment 'recent_complainer'. Did you mean `recent_complainers`"),
        ("repeat_buyers", "nobody would be left"),
    ],
)
def test_exclusion_of_an_unknown_segment_or_of_the_one_sent_is_refused(excluded: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=f"activations/x.yml: key `exclude_segments`.*{fault}"):
        check(activation("x", exclude_segments=[excluded]))


def test_complainers_cannot_be_sent_to_an_ad_platform() -> None:
    with pytest.raises(ConfigError, match=r"segments/recent_complainers.yml is not for ad_audiences"):
        check(activation("x", segment="recent_complainers"))


def test_complainers_are_spared_by_every_file_that_advertises_to_a_new_segment() -> None:
    activations = shipped_project().activations.values()
    unspared = {a.activation for a in activations if "recent_complainers" not in a.exclude_segments}
    assert unspared == {"google_new_buyers", "google_repeat_buyers", "mailchimp_new_buyers"}


def test_every_normaliser_has_its_column() -> None:
    folders = shipped_project().sql_folders
    profile_columns = find_table_contract(folders, "activate", "profile_form").column_names
    in_profile = set(NORMALISERS) - {*CONTACT_FIELDS, ProfileField.CUSTOMER_ID}
    expected = [f"{field}_{normaliser}" for field in in_profile for normaliser in NORMALISERS[field]]
    assert sorted(profile_columns) == sorted([*expected, "customer_id"])


def test_every_normaliser_of_contact_points_has_its_rows() -> None:
    warehouse = Warehouse(Stage.ACTIVATE)
    for kind, value in (("email", "a@example.org"), ("phone", "+49891234567")):
        point = {"customer_id": "c1", "contact_kind": kind, "contact_value": value, "is_valid": True}
        warehouse.add("golden.customer_contact", point)
    warehouse.build("contact_form")
    found = warehouse.rows("select contact_kind, normaliser from activate.contact_form")
    expected = [(str(kind), str(normaliser)) for kind in CONTACT_FIELDS for normaliser in NORMALISERS[kind]]
    assert sorted(found) == sorted(expected)
