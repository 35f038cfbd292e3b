"""Purposes: each stands for itself, with its legal basis; configuration and models name no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.project import SHIPPED_CONFIG, load_project
from cdp_pipeline.contracts.purposes import LegalBasis, Purpose
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.privacy.purposes import check_purposes_of_models, purposes_named
from cdp_pipeline_tests.warehouse import shipped_models, shipped_project

TEXT = {"en": "E", "de": "D"}
OFFERS: dict[str, Any] = {"title": TEXT, "description": TEXT, "owner": "team:test", "legal_basis": "consent",
                          "channels": ["email"]}  # fmt: skip


def purpose(**changes: Any) -> Purpose:
    return parse_contract({**OFFERS, **changes}, Purpose, origin="purposes.yml")


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({}, True),
        ({"legal_basis": "contract"}, False),
        ({"legal_basis": "legitimate_interests"}, False),
        ({"legal_basis": "legitimate_interests", "requires_consent": True}, True),
    ],
)
def test_legal_basis_says_whether_consent_is_asked_for(changes: dict[str, Any], asks: bool) -> None:
    assert purpose(**changes).asks_for_consent is asks


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"implies": ["ad_audiences"]}, "key `implies` is unknown"),
        ({"requires_consent": False}, "remove `requires_consent`"),
        ({"channels": ["email", "ads"]}, "the channel ads stands alone"),
        ({"channels": ["ads"], "legal_basis": "legitimate_interests"}, "nobody is reached without consent"),
        ({"channels": ["pigeon"]}, "'email', 'sms', 'phone' or 'ads'"),
        ({"channels": ["sms", "sms"]}, "a channel is named twice"),
        ({"legal_basis": "interest"}, "legal_basis"),
    ],
)
def test_purpose_that_would_let_too_much_through_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        purpose(**changes)


def test_articles_are_cited_by_their_letter() -> None:
    assert LegalBasis.CONSENT.article == "Art. 6(1)(a) GDPR"
    assert LegalBasis.LEGITIMATE_INTERESTS.article == "Art. 6(1)(f) GDPR"


def project_with(tmp_path: Path, **files: dict[str, Any]) -> Path:
    """A project folder with the shipped purposes, one more, and what `files` say, by `segments__x`."""
    (tmp_path / "config").mkdir()
    shipped = yaml.safe_load((SHIPPED_CONFIG / "purposes.yml").read_text(encoding="utf-8"))["purposes"]
    recalls = {**OFFERS, "legal_basis": "legal_obligation"}
    documents = {"purposes": {"purposes": {**shipped, "recalls": recalls}}, **files}
    for name, document in documents.items():
        path = tmp_path / "config" / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return tmp_path


SEGMENT = {"segment": "x", "title": TEXT, "description": TEXT, "owner": "team:test",
           "where": {"column": "orders", "at_least": 1}}  # fmt: skip
DESTINATION = yaml.safe_load((SHIPPED_CONFIG / "destinations" / "mailchimp_audience.yml").read_text("utf-8"))


def test_purpose_of_one_s_own_needs_no_code(tmp_path: Path) -> None:
    project = load_project(
        project_with(
            tmp_path,
            segments__x={**SEGMENT, "purposes": ["recalls"]},
            destinations__x={**DESTINATION, "destination": "x", "purposes": ["recalls"]},
        )
    )
    assert not project.purposes["recalls"].asks_for_consent
    accepted = [
        spec.kwargs["value_set"]
        for spec in project.layouts["consent_preferences"].gate
        if spec.kwargs.get("column") == "purpose" and "value_set" in spec.kwargs
    ]
    assert accepted == [["ad_audiences", "marketing", "profiling", "recalls"]]


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (
            {"segments__x": {**SEGMENT, "purposes": ["marketting"]}},
            r"segments/x.yml: key `purposes`: there is no purpose 'marketting'. Did you mean `marketing`",
        ),
        (
            {"destinations__x": {**DESTINATION, "destination": "x", "purposes": ["add_audiences"]}},
            r"destinations/x.yml: key `purposes`: there is no purpose 'add_audiences'. Did you mean `ad_audiences`",
        ),
        (
            {"destinations__x": {**DESTINATION, "destination": "x", "purposes": ["ad_audiences"]}},
            r"destinations/x.yml: key `purposes`: ad_audiences is not for the channel email",
        ),
        (
            {"destinations__x": {**DESTINATION, "destination": "x", "consent_channel": "ads"}},
            r"destinations/x.yml: key `purposes`: marketing is not for the channel ads",
        ),
    ],
)
def test_configuration_names_known_purposes_that_fit(
    tmp_path: Path, files: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        load_project(project_with(tmp_path, **files))


def test_models_name_known_purposes() -> None:
    known = dict(shipped_project().purposes)
    check_purposes_of_models(shipped_models(), known)
    del known["marketing"]
    with pytest.raises(
        ConfigError, match=r"consent_event.sql: key `purpose`: there is no purpose 'marketing'"
    ):
        check_purposes_of_models(shipped_models(), known)


def test_no_newsletter_crm_or_shop_enters_consent_to_ad_audiences() -> None:
    named = {
        model.name: purposes_named(str(model.sql))
        for model in shipped_models()
        if model.name.endswith("__consent_event")
    }
    from_its_own_column = named.pop("consent_preferences__consent_event")
    assert from_its_own_column == []
    assert len(named) == 9
    assert set(map(tuple, named.values())) == {("marketing",)}
