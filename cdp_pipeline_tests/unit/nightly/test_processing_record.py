"""The record of processing says what the configuration says, and changes with it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.contracts.retention import Retention
from cdp_pipeline.contracts.table import Sensitivity
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.nightly.processing_record import processing_record, write_processing_record
from cdp_pipeline_tests.command import cdp


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(tmp_path_factory.mktemp("project"))


def rows(project: Project, title: str) -> list[dict[str, Any]]:
    [section] = [one for one in processing_record(project)["sections"] if one["title"].startswith(title)]
    return list(section["rows"])


def test_every_table_with_a_classified_column_is_in_it(project: Project) -> None:
    told = {row["Table"]: row for row in rows(project, "Categories of personal data")}
    for model in load_graph(project).tables:
        levels = {column.sensitivity for column in model.contract.columns} - {Sensitivity.NONE}
        assert (model.full_name in told) == bool(levels), model.full_name
    assert "given_name" in told["golden.golden_profile"]["Names or reaches a person"]
    assert "birth_date" in told["golden.golden_profile"]["Narrows down"]


def test_every_recipient_is_in_it_with_country_and_safeguard(project: Project) -> None:
    told = rows(project, "Recipients")
    assert {row["File"] for row in told} == {one.title for one in project.activations.values()}
    [mailchimp, *_] = [row for row in told if "Mailchimp" in row["Recipient"]]
    assert mailchimp["Country"] == "US"
    assert mailchimp["Transfer"].startswith("third country: adequacy decision")
    assert "email" in mailchimp["What of a person"]


def test_every_purpose_stands_there_with_its_legal_basis(project: Project) -> None:
    told = rows(project, "Purposes")
    assert len(told) == len(project.purposes)
    assert all(row["Legal basis"].startswith("Art. 6(1)(") for row in told)


def test_it_changes_with_the_configuration(project: Project) -> None:
    rules = [{"of": "web_events", "by": "event_at", "keep": "2 months", "why": "short"}]
    shorter = dataclasses.replace(
        project,
        retention=Retention.model_validate({"rules": rules}),
        activations={},
        settings=project.settings.model_copy(update={"controller": None}),
    )
    assert rows(shorter, "Periods") == [
        {"What": "web_events", "Kept": "2 months", "From": "event_at", "Why": "short"}
    ]
    assert rows(shorter, "Recipients") == []
    assert "set `controller`" in rows(shorter, "Controller")[0]["Who"]
    [raw] = [
        row
        for row in rows(shorter, "Categories of personal data")
        if row["Table"] == "extract.raw_web_events"
    ]
    assert raw["Kept"] == "2 months: short"


def test_all_forms_say_the_same(project: Project, tmp_path: Path) -> None:
    for name in ("record.html", "record.md", "record.json"):
        write_processing_record(project, tmp_path / name)
    document = json.loads((tmp_path / "record.json").read_text())
    page, text = (tmp_path / "record.html").read_text(), (tmp_path / "record.md").read_text()
    for section in document["sections"]:
        assert f"<h2>{section['title']}</h2>" in page
        assert f"## {section['title']}" in text
        for row in section["rows"]:
            assert str(next(iter(row.values()))) in text


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    answer = cdp("privacy", "record", "--out", tmp_path / "record.pdf", "--project", tmp_path)
    assert (answer.status, "neither .html, .md nor .json" in answer.output) == (1, True)
