"""A project of one's own: what `cdp init` writes holds, whatever of it is woken, and nothing is overwritten."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
import yaml

from cdp_pipeline.contracts import project as project_module
from cdp_pipeline.contracts.project import SHIPPED_CONFIG, SHIPPED_SQL, load_project
from cdp_pipeline.errors import ConfigError, NightError
from cdp_pipeline.nightly.check import check_project
from cdp_pipeline.nightly.readiness import check_first_delivery
from cdp_pipeline.scaffold import ProjectFacts, create_project, name_from_folder
from cdp_pipeline_tests.sample_project import SAMPLES

FACTS = ProjectFacts("our_shop", "Europe/Oslo", "NO", "NOK")
ASLEEP = ".example"
SETTING = re.compile(r"^# (?=[a-z_]+: )", re.MULTILINE)
ENTRY = re.compile(r"^( +)# (?=- \{)", re.MULTILINE)
NOT_FOR_PROJECTS = {"link_input"}  # the layout of `cdp link`, which no source delivers


@pytest.fixture
def made(tmp_path: Path) -> Path:
    create_project(tmp_path / "shop", FACTS)
    return tmp_path / "shop"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def wake(project: Path) -> None:
    """Rename every example to what it is an example of, as its comments say."""
    for path in list(project.rglob(f"*{ASLEEP}")):
        if path.name != ".env.example":
            path.rename(path.with_suffix(""))


def uncomment(project: Path) -> int:
    """Take the # from every setting that is commented out; returns how many there were."""
    count = 0
    for path in project.rglob("*.yml"):
        text, settings = SETTING.subn("", path.read_text(encoding="utf-8"))
        text, entries = ENTRY.subn(r"\1", text)
        path.write_text(text, encoding="utf-8")
        count += settings + entries
    return count


# --- what is written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_folders_and_files_are_as_open_as_the_umask_has_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        create_project(tmp_path / "shop", FACTS)
    finally:
        os.umask(before)
    made = tmp_path / "shop"
    assert made.stat().st_mode & 0o777 == 0o777 & ~umask
    assert (made / "config" / "project.yml").stat().st_mode & 0o777 == 0o666 & ~umask
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_a_new_project_passes_the_check_and_has_a_source_and_a_segment_of_its_own(made: Path) -> None:
    project = load_project(made)
    assert check_project(project).startswith("1 source, ")
    assert project.settings.name == "our_shop"
    assert project.settings.schedule.zone == "Europe/Oslo"
    assert list(project.sources) == ["shop"]
    assert (project.sources["shop"].country, project.sources["shop"].currency) == ("NO", "NOK")
    assert "local_regulars" in project.segments


def test_every_yaml_file_parses_asleep_or_not(made: Path) -> None:
    files = [path for path in made.rglob("*") if ".yml" in path.suffixes]
    assert len(files) > 10
    for path in files:
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict), path


def test_every_example_is_valid_once_woken_and_every_setting_once_uncommented(made: Path) -> None:
    before = load_project(made)
    wake(made)
    assert uncomment(made) >= 6
    project = load_project(made)
    check_project(project)
    assert len(project.sources) > len(before.sources) + 5
    assert "partner_contacts" in project.used_layouts
    assert "mailchimp_local_regulars" in project.activations
    assert project.settings.engine.memory_limit == "4GB"


def test_every_known_layout_has_a_source_to_start_from(made: Path) -> None:
    wake(made)
    shipped = {path.stem for path in (SHIPPED_CONFIG / "layouts").glob("*.yml")}
    assert shipped - set(load_project(made).used_layouts) == NOT_FOR_PROJECTS


def test_the_project_is_an_overlay_and_replaces_no_shipped_file_but_its_own_sources(made: Path) -> None:
    wake(made)
    own = {path.relative_to(made / "config") for path in (made / "config").rglob("*.yml")}
    shipped = {path.relative_to(SHIPPED_CONFIG) for path in SHIPPED_CONFIG.rglob("*.yml")}
    # A project's own project.yml leaves the example retailer's sources out, so these replace nothing.
    assert {path for path in own & shipped if path.parts[0] != "sources"} == {
        Path("project.yml"),
        Path("retention.yml"),  # of the shipped one, nothing holds in a project of one's own
    }
    models = {path.relative_to(made / "dbt_like_sql") for path in (made / "dbt_like_sql").rglob("*.sql")}
    assert not models & {path.relative_to(SHIPPED_SQL) for path in SHIPPED_SQL.rglob("*.sql")}


def test_git_ignores_data_and_secrets_and_keeps_the_landing_folder(made: Path) -> None:
    ignored = (made / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/data/*", "!/data/landing/.gitkeep", "/.dagster_home/", ".env"} <= set(ignored)
    assert (made / "data" / "landing" / ".gitkeep").exists()


def test_secrets_are_named_and_never_written(made: Path) -> None:
    assigned = re.findall(r"^(\w+)=(.*)$", (made / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert assigned == [("CDP_PROJECT_KEY", "")]
    everything = b"\n".join(contents(made).values())
    assert not re.search(rb"[0-9a-f]{32}", everything), "nothing that looks like a key"


def test_the_readme_names_only_files_that_are_there(made: Path) -> None:
    text = (made / "README.md").read_text(encoding="utf-8")
    named = {
        name for name in re.findall(r"`((?:config|dbt_like_sql)/[\w./]+\.example)`", text) if "*" not in name
    }
    assert len(named) >= 2
    assert [name for name in named if not (made / name).exists()] == []


def test_an_upgrade_reaches_the_project_and_touches_nothing_in_it(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(made)
    upgraded = shutil.copytree(SHIPPED_CONFIG, tmp_path / "upgraded")
    rule = (upgraded / "segments" / "new_buyers.yml").read_text(encoding="utf-8")
    newer = rule.replace("segment: new_buyers", "segment: of_the_new_version")
    (upgraded / "segments" / "of_the_new_version.yml").write_text(newer, encoding="utf-8")
    monkeypatch.setattr(project_module, "SHIPPED_CONFIG", upgraded)

    project = load_project(made)
    check_project(project)
    assert {"of_the_new_version", "local_regulars"} <= set(project.segments)
    assert contents(made) == before


# --- what is refused ----------------------------------------------------------------------------------------


def test_making_it_twice_is_refused_and_changes_nothing(made: Path) -> None:
    (made / "config" / "project.yml").write_text("name: mine\ntitle: Mine\n", encoding="utf-8")
    before = contents(made)
    with pytest.raises(ConfigError, match="is a project already, so nothing was written"):
        create_project(made, FACTS)
    assert contents(made) == before


def test_a_folder_with_something_in_it_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"is not empty: \.gitignore, notes\.txt\. Nothing was written"):
        create_project(tmp_path, FACTS)
    assert set(contents(tmp_path)) == {"notes.txt", ".gitignore"}
    assert [path for path in tmp_path.parent.iterdir() if path.name.startswith(f".{tmp_path.name}-")] == []


def test_a_repository_with_an_environment_and_nothing_else_becomes_a_project(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".venv").mkdir()
    create_project(tmp_path, FACTS)
    assert load_project(tmp_path).settings.name == "our_shop"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (ProjectFacts("9 lives", "UTC", "DE", "EUR"), "key `name`"),
        (ProjectFacts("shop", "Europe/Berln", "DE", "EUR"), "'Europe/Berln' is not a time zone"),
        (ProjectFacts("shop", "UTC", "Germany", "EUR"), "key `country`"),
        (ProjectFacts("shop", "UTC", "DE", "€"), "key `currency`"),
    ],
    ids=["name", "zone", "country", "currency"],
)
def test_a_malformed_fact_is_refused_before_anything_is_written(
    tmp_path: Path, facts: ProjectFacts, message: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        create_project(tmp_path / "shop", facts)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_parent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere: the folder does not exist"):
        create_project(tmp_path / "nowhere" / "shop", FACTS)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    too_long_to_stage = tmp_path / ("s" * 250)
    with pytest.raises(ConfigError, match="cannot be written: File name too long"):
        create_project(too_long_to_stage, FACTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("folder", "name"), [("My Shop", "my_shop"), ("shop-2024", "shop_2024"), ("__a--b__", "a_b")]
)
def test_the_name_follows_from_the_folder(folder: str, name: str, tmp_path: Path) -> None:
    assert name_from_folder(tmp_path / folder) == name


# --- before the first delivery ------------------------------------------------------------------------------


def test_an_empty_landing_folder_is_answered_with_what_to_put_where(made: Path) -> None:
    with pytest.raises(NightError) as refusal:
        check_first_delivery(load_project(made))
    message = str(refusal.value)
    assert message.startswith(f"{made / 'data' / 'landing'}: there is nothing to run on yet. It is empty.")
    assert "shop/orders*.csv  (Shopify orders, for source shop)" in message


def test_files_under_other_names_are_named(made: Path) -> None:
    (made / "data" / "landing" / "Orders.csv").write_text("Name\n", encoding="utf-8")
    with pytest.raises(NightError, match=r"Nothing in it fits a source; what lies there: Orders\.csv"):
        check_first_delivery(load_project(made))


def test_a_file_that_a_source_takes_is_enough(made: Path) -> None:
    shutil.copytree(SAMPLES / "night_1" / "shop", made / "data" / "landing" / "shop")
    check_first_delivery(load_project(made))
