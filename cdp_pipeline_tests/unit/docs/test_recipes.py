"""The how-to pages hold: the files that they show are accepted as they stand, in a project of one's own."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cdp_pipeline.contracts.golden import SurvivingColumns
from cdp_pipeline.contracts.project import SHIPPED_CONFIG, SHIPPED_SQL, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.check import check_project
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.segment.compiler import check_segments
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.sample_project import NIGHTS
from cdp_pipeline_tests.unit.docs.pages import DOCS, blocks_of, files_of

OWN_PROJECT = "name: reader\ntitle: Reader of the page\n"
PAGES = sorted(
    page.relative_to(DOCS).as_posix()
    for page in (DOCS / "how-to").glob("*.md")
    if any(block.title.startswith(("config/", "dbt_like_sql/")) for block in blocks_of(page))
)


def add_trait(root: Path, name: str) -> None:
    """Copy `segment_member.yml` and add a name to `depends_on`, as the page on traits says."""
    text = (SHIPPED_SQL / "segment" / "segment_member.yml").read_text(encoding="utf-8")
    assert "depends_on: [" in text
    target = root / "dbt_like_sql" / "segment" / "segment_member.yml"
    target.write_text(text.replace("depends_on: [", f"depends_on: [{name}, ", 1), encoding="utf-8")


def test_the_files_of_all_pages_are_accepted(tmp_path: Path) -> None:
    assert {"how-to/add-a-source.md", "how-to/add-a-layout.md", "how-to/add-a-segment.md"} <= set(PAGES)
    for page in PAGES:
        files_of(page, tmp_path)
    add_trait(tmp_path, "return_summary")
    project = load_project(tmp_path)
    check_project(project)
    assert {"shop_at", "courses"} <= set(project.sources)
    assert {"berliners", "win_back", "frequent_returners"} <= set(project.segments)
    assert {"mailchimp_repeat_buyers", "letter_new_buyers"} <= set(project.activations)


@pytest.mark.parametrize("page", ["how-to/add-a-trait.md", "how-to/change-survivorship.md"])
def test_a_shipped_file_is_copied_as_the_page_says(page: str, tmp_path: Path) -> None:
    [command] = [b.text for b in blocks_of(DOCS / page) if b.language == "bash" and b.text.startswith("cp ")]
    target = tmp_path / shlex.split(command)[-1]
    target.mkdir(parents=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-ec", command], cwd=tmp_path, env={**os.environ, "PATH": path}, check=True)
    [copied] = target.iterdir()
    assert copied.stem in command
    assert copied.read_text(encoding="utf-8")


def test_a_trait_that_is_not_named_is_no_column_for_segments(tmp_path: Path) -> None:
    files_of("how-to/add-a-trait.md", tmp_path)
    with pytest.raises(ConfigError, match="returned_purchases"):
        check_segments(load_project(tmp_path))


def test_the_new_layout_reads_the_file_that_the_page_shows(tmp_path: Path) -> None:
    files_of("how-to/add-a-layout.md", tmp_path)
    (tmp_path / "config" / "project.yml").write_text(OWN_PROJECT, encoding="utf-8")
    project = load_project(tmp_path)
    graph = load_graph(project)
    wanted = ["customer_record", "contact_point", "postal_address", "consent_event"]
    needed = {model.full_name for name in wanted for model in graph.needed_for(f"standardise.{name}")}
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        for model in graph:
            if model.full_name in needed | {"validate.quarantine"}:
                build_model(Night(engine, project, NIGHTS[1], "test"), model)
        people = engine.fetch_all(
            "select given_name, family_name from standardise.customer_record order by 1"
        )
        contacts = engine.fetch_column("select contact_value from standardise.contact_point order by 1")
        streets = engine.fetch_all(
            "select street, city, country from standardise.postal_address order by 1 limit 1"
        )
        consents = engine.fetch_all("select contact_value, status from standardise.consent_event order by 1")
        rejected = engine.fetch_all("select line, why from validate.quarantine")
    assert people == [("Anna", "Keller"), ("Jo", None)]
    assert contacts == ["+491712345678", "anna.keller@example.com", "jo@example.org"]
    assert streets == [("Lange Straße 5", "Köln", "DE")]
    assert consents == [("anna.keller@example.com", "granted"), ("jo@example.org", "withdrawn")]
    [(line, why)] = rejected
    assert line == 4
    assert why.startswith("Expected: newsletter is one of yes, no. Consent is never guessed.")


def test_the_lines_on_survivorship_fit_into_the_shipped_file() -> None:
    priority, *groups = (
        yaml.safe_load(block.text)
        for block in blocks_of(DOCS / "how-to" / "change-survivorship.md")
        if block.language == "yaml"
    )
    shipped = yaml.safe_load((SHIPPED_CONFIG / "survivorship.yml").read_text(encoding="utf-8"))
    assert set(priority) == {"source_priority"}
    assert set(priority["source_priority"]) >= set(shipped["source_priority"])
    for [group] in groups:
        changed = SurvivingColumns.model_validate(group)
        assert changed.columns in [group["columns"] for group in shipped["groups"]]


def test_the_systemd_units_run_the_command_every_night() -> None:
    blocks = {
        Path(block.title).name: block.text
        for block in blocks_of(DOCS / "how-to" / "run-nightly.md")
        if block.language == "ini"
    }
    service, timer = (configparser.ConfigParser(strict=False, interpolation=None) for _ in range(2))
    service.optionxform = timer.optionxform = str  # type: ignore[assignment, method-assign]
    service.read_string(blocks["cdp-night.service"])
    timer.read_string(blocks["cdp-night.timer"])
    assert shlex.split(service["Service"]["ExecStart"])[-2:] == ["/srv/cdp/.venv/bin/cdp", "run"]
    assert service["Service"]["UMask"] == "0077"
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d Europe/Berlin", timer["Timer"]["OnCalendar"])
