"""A decision rests on the rules that judged; what an older version judged, without noting them, is refused in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.releases import list_releases
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.releasing import release_record, release_rule, release_source

STRICT = ExpectationSpec(
    type="expect_column_values_to_match_regex", kwargs={"column": "city", "regex": "^[A-Z]"}
)
TABLES = f"""
create schema extract; create schema validate;
create table extract.file as select 'f1' as file_id, 'till/a.csv' as path;
create table validate.conservation as
    select 'f1' as file_id, 'till' as source_system, 'till/a.csv' as path, 'held' as state, null::varchar as judged_by;
create table validate.quarantine as
    select 'till' as source_system, 'loyalty_members' as layout, 'f1' as file_id, 'till/a.csv' as path, 2 as line,
    '{STRICT.expectation_id}' as rule, null::varchar as judged_by, null as why, date '2026-05-04' as business_date
"""

DECISIONS: dict[str, Callable[[Project], object]] = {
    "record": lambda project: release_record(project, "till/a.csv", 2, "checked"),
    "rule": lambda project: release_rule(project, STRICT.expectation_id, "till", "checked"),
    "source": lambda project: release_source(project, "till", "checked"),
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose newest tables keep one record out and hold its file, and do not say by which rules."""
    project = load_project(tmp_path)
    project.working_file.parent.mkdir(parents=True, exist_ok=True)
    with Engine.open(project.working_file) as engine:
        for statement in TABLES.split(";"):
            engine.execute(statement)
    layout = project.layouts["loyalty_members"]
    strict = layout.model_copy(update={"expectations": [*layout.expectations, STRICT]})
    return dataclasses.replace(project, layouts={**project.layouts, "loyalty_members": strict})


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
def test_tables_of_an_older_version_are_decided_on_after_a_night(
    project: Project, decide: Callable[[Project], object]
) -> None:
    with Engine.open(project.working_file) as engine:
        for table in ("conservation", "quarantine"):
            engine.execute(f"alter table validate.{table} drop column judged_by")
    with pytest.raises(NightError, match=r"judged by an older version.*Run a night first"):
        decide(project)


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
def test_what_an_older_version_judged_is_not_decided_without_effect(
    project: Project, decide: Callable[[Project], object]
) -> None:
    with pytest.raises(NightError, match=r"f1.*: judged by an older version, and not anew since"):
        decide(project)
    assert list_releases(project) == []
