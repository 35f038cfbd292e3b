"""The `cdp` command as a person meets it: help, a whole night, mistakes, and anyone's file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
import typer.main

from cdp_pipeline import cli
from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.publish.night_folder import current_night, published_nights
from cdp_pipeline_tests.command import Answer, cdp
from cdp_pipeline_tests.conftest import CommandedNight, PublishedNights
from cdp_pipeline_tests.sample_project import KEY, SAMPLES

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).parent / "cdp"
HEAVY = {
    "dagster", "duckdb", "pandas", "splink", "great_expectations", "numpy", "pyarrow", "sqlalchemy",
    "sqlglot", "pydantic", "yaml", "scipy", "altair", "vl_convert",
}  # fmt: skip


def installed_cdp(*arguments: str | Path, **environment: str) -> Answer:
    """Run the installed command in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    finished = subprocess.run(
        [COMMAND, *map(str, arguments)],
        env={**kept, "CDP_PROJECT_KEY": KEY, "COLUMNS": "200", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    output = finished.stdout + finished.stderr
    assert "Traceback" not in output, output
    return Answer(finished.returncode, " ".join(output.split()))


def commands(
    group: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    for name, command in sorted(getattr(group, "commands", {}).items()):
        yield from commands(command, (*path, name))


ALL_COMMANDS = dict(commands(typer.main.get_command(cli.app)))


# --- help ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL_COMMANDS, ids=lambda path: " ".join(("cdp", *path)))
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...]) -> None:
    command = ALL_COMMANDS[path]
    assert command.help, path
    assert (command.epilog or "").startswith("Example: cdp "), path
    words = tuple(command.epilog.removeprefix("Example: cdp ").split())
    if not hasattr(command, "commands"):
        default = ("link",) if path == ("link", "file") else path  # `cdp link INPUT OUTPUT` is enough
        assert words[: len(default)] == default, "the example is of this very command"


def test_the_commands_that_the_handbook_names_are_there() -> None:
    named = {"run", "check", "link", "sample", "admin", "link file", "link train"}
    named |= {"admin ui", "admin nights", "admin rollback"}
    assert named <= {" ".join(path) for path in ALL_COMMANDS}


def test_help_reaches_the_screen() -> None:
    answer = installed_cdp("--help")
    assert answer.status == 0
    assert "Example: cdp run --landing" in answer.output


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys, cdp_pipeline.cli\n"
        "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(loaded.stdout.split())
    assert "typer" in modules, "modules are listed"
    assert modules & HEAVY == set()


# --- cdp run ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Demo:
    """A project after `cdp run` on the first night of the sample."""

    root: Path
    answer: Answer

    @property
    def landing(self) -> Path:
        return self.root / "data" / "landing"

    @property
    def published(self) -> Path:
        return self.root / "data" / "published"


@pytest.fixture(scope="module")
def demo(commanded_night: CommandedNight, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A copy, because other tests open the night's own working file meanwhile."""
    root = tmp_path_factory.mktemp("demo")
    shutil.copytree(commanded_night.root, root, symlinks=True, dirs_exist_ok=True)
    return Demo(root, commanded_night.answer)


@pytest.fixture
def copied(demo: Demo, tmp_path: Path) -> Demo:
    """A copy of the demo's project, to do damage to."""
    root = tmp_path / "project"
    shutil.copytree(demo.root / "data", root / "data", symlinks=True)
    return Demo(root, demo.answer)


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
    }


def test_a_night_is_published_and_told_in_numbers(demo: Demo) -> None:
    assert demo.answer.status == 0, demo.answer.output
    for word in ("crm", "shop", "till", "email", "consent", "salesforce_contact", "field_count"):
        assert word in demo.answer.output
    with duckdb.connect(str(demo.published / "current" / "identified.duckdb"), read_only=True) as reader:
        [(records, people)] = reader.execute(
            "select count(*), count(distinct customer_id) from link.customer_source_record"
        ).fetchall()
    assert f"People found {people} in {records} records" in demo.answer.output
    assert f"Duplicates removed {records - people}" in demo.answer.output
    assert "Segment new_buyers" in demo.answer.output
    assert "Seconds: " in demo.answer.output


def test_the_closing_screen_names_every_activation_file_and_what_to_do_next(demo: Demo) -> None:
    for path in (demo.published / "current" / "activations").iterdir():
        assert f"activations/{path.name}" in demo.answer.output
    assert "current/report.html in a browser" in demo.answer.output
    assert "make ui" in demo.answer.output


def test_the_query_on_the_closing_screen_works_when_pasted(demo: Demo) -> None:
    start = demo.answer.output.index('-c "') + len('-c "')
    query = demo.answer.output[start : demo.answer.output.index('"', start)]
    pasted = subprocess.run(
        [sys.executable, "-c", query], cwd=demo.root, capture_output=True, text=True, check=False
    )
    assert pasted.returncode == 0, pasted.stderr
    assert "new_buyers" in pasted.stdout


def test_a_second_run_says_that_nothing_changed_and_touches_nothing(demo: Demo) -> None:
    before = snapshot(demo.root)
    answer = cdp("run", "--project", demo.root, "--business-date", "2026-05-04")
    assert answer.status == 0
    assert answer.output.startswith("Nothing changed: night 2026-05-04 is published in ")
    assert snapshot(demo.root) == before


@pytest.mark.long  # what it rests on is tested apart: runs that fail, and runs from a stage
def test_after_a_failed_night_the_next_begins_at_the_named_stage(copied: Demo) -> None:
    first = current_night(copied.published)
    model = copied.root / "dbt_like_sql" / "link"
    model.mkdir(parents=True)
    (model / "impossible.sql").write_text("select 1 as a", encoding="utf-8")
    (model / "impossible.yml").write_text(
        "model: impossible\ndescription: x\ngrain: one row\nowner: team:tests\n"
        "columns: [{name: a, type: INTEGER, description: x}]\n"
        "expectations:\n"
        "  - {type: expect_column_values_to_be_between, kwargs: {column: a, min_value: 2}}\n",
        encoding="utf-8",
    )
    night_2 = (
        "run",
        "--project",
        copied.root,
        "--landing",
        SAMPLES / "night_2",
        "--business-date",
        "2026-05-05",
    )
    failed = cdp(*night_2)
    assert failed.status == 1
    assert "impossible" in failed.output
    assert current_night(copied.published) == first
    (model / "impossible.sql").write_text("select 2 as a", encoding="utf-8")
    finished = cdp(*night_2, "--from", "link")
    assert finished.status == 0, finished.output
    assert "Night 2026-05-05 of example_retailer is published" in finished.output
    assert "extract" not in finished.output.partition("Seconds: ")[2], "extract was not run again"
    current = current_night(copied.published)
    assert current is not None
    assert current.name.startswith("2026-05-05-")
    with duckdb.connect(str(current / "identified.duckdb"), read_only=True) as reader:
        nights = reader.execute(
            "select distinct first_seen_on::varchar from extract.file order by 1"
        ).fetchall()
    assert nights == [("2026-05-04",), ("2026-05-05",)]


# --- mistakes -----------------------------------------------------------------------------------------------


def refused(demo: Demo, *arguments: str | Path, status: int = 1, **environment: str) -> str:
    """Run a night that must fail with words alone and leave the published night in place."""
    before, stored = current_night(demo.published), snapshot(demo.published)
    answer = cdp("run", "--project", demo.root, *arguments, **environment)
    assert answer.status == status, answer.output
    assert current_night(demo.published) == before
    assert snapshot(demo.published) == stored
    return answer.output


def test_a_missing_key_names_the_variable_and_how_to_make_one(copied: Demo) -> None:
    output = refused(copied, "--business-date", "2026-05-05", CDP_PROJECT_KEY="")
    assert "CDP_PROJECT_KEY must hold the project's key" in output
    assert "secrets.token_hex" in output


def test_a_date_that_is_none_is_refused_with_an_example(copied: Demo) -> None:
    assert "'4.5.2026' is not a date such as 2026-05-04" in refused(
        copied, "--business-date", "4.5.2026", status=2
    )


def test_an_earlier_date_is_refused(copied: Demo) -> None:
    output = refused(copied, "--business-date", "2026-05-03")
    assert "2026-05-03 lies before the night of 2026-05-04" in output
    assert "Nights only go forward" in output


def test_a_stage_that_is_none_is_refused_with_the_list(copied: Demo) -> None:
    output = refused(copied, "--from", "linking", status=2)
    assert "'standardise', 'link', 'golden'" in output


def test_a_missing_landing_folder_is_named(copied: Demo) -> None:
    output = refused(copied, "--landing", copied.root / "nowhere", "--business-date", "2026-05-05")
    assert f"{copied.root / 'nowhere'}: the landing folder does not exist. Create it" in output


def test_broken_yaml_is_named_with_its_line(copied: Demo) -> None:
    segments = shutil.copytree(SHIPPED_CONFIG / "segments", copied.root / "config" / "segments")
    with (segments / "new_buyers.yml").open("a", encoding="utf-8") as file:
        file.write("owner: [unclosed\n")
    output = refused(copied, "--business-date", "2026-05-05")
    assert f"{segments / 'new_buyers.yml'}: not valid YAML" in output
    assert "line" in output


# --- cdp check ----------------------------------------------------------------------------------------------


def test_check_says_what_it_looked_at(tmp_path: Path) -> None:
    answer = cdp("check", "--project", tmp_path)
    assert answer.status == 0
    assert answer.output.startswith("All is well: 9 sources, ")
    assert f"{tmp_path} has no config/project.yml, so this is the example retailer." in answer.output


def test_check_ends_with_an_error_on_a_planted_mistake(tmp_path: Path) -> None:
    segments = shutil.copytree(SHIPPED_CONFIG / "segments", tmp_path / "config" / "segments")
    text = (segments / "new_buyers.yml").read_text(encoding="utf-8")
    (segments / "new_buyers.yml").write_text(text.replace("_first_", "_frist_"), encoding="utf-8")
    answer = cdp("check", "--project", tmp_path)
    assert answer.status == 1
    assert "new_buyers.yml" in answer.output
    assert "days_since_first_purchase" in answer.output, "the nearest name is offered"


# --- cdp link -----------------------------------------------------------------------------------------------

PEOPLE = """\
source_record_id,given_name,family_name,birth_date,email,phone,street,postcode,city
z9,Anna,Berger,1980-02-03,anna.berger@mail.example,,Ring 1,10115,Berlin
a1,Otto,Lang,1975-06-07,otto@mail.example,030 123456,Ufer 2,20095,Hamburg
m5,Anna,Berger,1980-02-03,anna.berger@mail.example,,,,
b2,Otto,Lang,,OTTO@mail.example,+49 30 123456,,,
q7,Eva,Klein,1990-01-01,eva@mail.example,,,,
"""


def link(tmp_path: Path, text: str, *options: str) -> Answer:
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    return cdp("link", tmp_path / "people.csv", tmp_path / "clusters.parquet", *options)


def test_link_gives_each_input_row_its_cluster_in_order(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    answer = installed_cdp("link", tmp_path / "people.csv", tmp_path / "clusters.parquet")
    assert answer.status == 0, answer.output
    assert answer.output.startswith(f"5 records, 3 people. Written: {tmp_path / 'clusters.parquet'}")
    clusters = pyarrow.parquet.read_table(tmp_path / "clusters.parquet")
    assert clusters.column_names == ["source_system", "source_record_id", "cluster_id"]
    assert clusters["source_record_id"].to_pylist() == ["z9", "a1", "m5", "b2", "q7"]
    anna, otto, anna_again, otto_again, eva = clusters["cluster_id"].to_pylist()
    assert (anna, otto) == (anna_again, otto_again)
    assert len({anna, otto, eva}) == 3


def test_link_reads_parquet_as_it_reads_csv(tmp_path: Path) -> None:
    assert link(tmp_path, PEOPLE).status == 0
    text = pyarrow.csv.ConvertOptions(
        column_types={name: pa.string() for name in PEOPLE.splitlines()[0].split(",")}
    )
    table = pyarrow.csv.read_csv(tmp_path / "people.csv", convert_options=text)
    pyarrow.parquet.write_table(table, tmp_path / "people.parquet")
    answer = cdp("link", tmp_path / "people.parquet", tmp_path / "again.parquet")
    assert answer.status == 0, answer.output
    assert pyarrow.parquet.read_table(tmp_path / "again.parquet") == pyarrow.parquet.read_table(
        tmp_path / "clusters.parquet"
    )


def test_link_tells_records_of_several_systems_apart(tmp_path: Path) -> None:
    text = "source_system,source_record_id,email,name\nweb,1,a@mail.example,Anna B\nshop,1,a@mail.example,Anna B\n"
    assert link(tmp_path, text).status == 0
    clusters = pyarrow.parquet.read_table(tmp_path / "clusters.parquet").to_pylist()
    assert [(row["source_system"], row["source_record_id"]) for row in clusters] == [
        ("web", "1"),
        ("shop", "1"),
    ]
    assert clusters[0]["cluster_id"] == clusters[1]["cluster_id"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source_record_id,shoe\n1,a\n", "too few columns say who a record is (none): linking needs 2."),
        ("email\na@mail.example\n", "too few columns say who a record is (email as email)"),
        ("source_record_id,email\n1,a,b\n", "line 2 has 3 fields where the header has 2"),
        ("", "the file is empty"),
    ],
    ids=["unknown columns", "one column", "ragged line", "empty file"],
)  # fmt: skip
def test_link_refuses_what_it_cannot_link_safely(tmp_path: Path, text: str, message: str) -> None:
    answer = link(tmp_path, text)
    assert answer.status == 1
    assert f"{tmp_path / 'people.csv'}: " in answer.output
    assert message in answer.output
    assert not (tmp_path / "clusters.parquet").exists()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("source_record_id,email,name\n1,a@mail.example,A B\n1,b@mail.example,C D\n", ["2", "3"]),
        ("source_record_id,email,name\n1,a@mail.example,A B\n,b@mail.example,C D\n", ["2", "3"]),
        ("E-Mail;Vorname\na@mail.example;A\nb@mail.example;C\n", ["2", "3"]),
    ],
    ids=["repeated id", "empty id", "no id column"],
)
def test_link_names_records_by_their_line_where_no_id_does(tmp_path: Path, text: str, ids: list[str]) -> None:
    answer = link(tmp_path, text)
    assert answer.status == 0, answer.output
    assert "no column tells all records apart, so source_record_id is the number of the line" in answer.output
    clusters = pyarrow.parquet.read_table(tmp_path / "clusters.parquet")
    assert clusters["source_record_id"].to_pylist() == ids


def test_link_says_what_it_took_each_column_for_and_shows_no_value(tmp_path: Path) -> None:
    answer = link(tmp_path, PEOPLE, "--column", "city=ignore")
    for line in ("source_record_id record id", "birth_date birth date", "same_email_and_given_name"):
        assert line in answer.output
    assert "Left out: city (as told)" in answer.output
    assert not any(value in answer.output for value in ("Anna", "Berger", "1980", "mail.example", "10115"))


def test_link_of_a_header_alone_gives_an_empty_file(tmp_path: Path) -> None:
    answer = link(tmp_path, "source_record_id,email,name\n")
    assert answer.status == 0, answer.output
    clusters = pyarrow.parquet.read_table(tmp_path / "clusters.parquet")
    assert (clusters.num_rows, clusters.num_columns) == (0, 3)


@pytest.mark.parametrize("name", ["people.parquet", "nothing.csv"])
def test_link_names_a_file_that_is_no_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "people.parquet").write_text("not Parquet", encoding="utf-8")
    answer = cdp("link", tmp_path / name, tmp_path / "clusters.parquet")
    assert answer.status == 1
    assert f"{tmp_path / name}: " in answer.output


def test_link_into_a_folder_that_does_not_exist_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("source_record_id,email\n1,a@mail.example\n", encoding="utf-8")
    answer = cdp("link", tmp_path / "people.csv", tmp_path / "nowhere" / "clusters.parquet")
    assert answer.status == 1
    assert f"{tmp_path / 'nowhere'}" in answer.output


def test_link_takes_options_before_the_files_too(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "source_record_id,phone,name\n1,020 7946 0000,Anna B\n", encoding="utf-8"
    )
    answer = cdp("link", "--country", "GB", tmp_path / "people.csv", tmp_path / "clusters.parquet")
    assert answer.status == 0, answer.output


def test_training_is_refused_with_too_few_records(copied: Demo) -> None:
    answer = cdp("link", "train", "--project", copied.root)
    assert answer.status == 1
    assert "at least 1000" in answer.output
    assert not (copied.root / "config").exists()


def test_training_before_any_night_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data" / "landing").mkdir(parents=True)
    answer = cdp("link", "train", "--project", tmp_path)
    assert answer.status == 1
    assert "no night has run yet. Run one first: cdp run" in answer.output


# --- cdp sample and admin -----------------------------------------------------------------------------------


def test_sample_writes_nights_and_the_truth(tmp_path: Path) -> None:
    answer = cdp("sample", "--people", "100", "--nights", "1", "--out", tmp_path / "sample")
    assert answer.status == 0, answer.output
    assert (tmp_path / "sample" / "truth" / "records.csv").is_file()
    assert sorted(p.name for p in (tmp_path / "sample" / "night_1").iterdir()) == [
        "ads", "catalogue", "consent", "crm", "email", "service", "shop", "till", "web",
    ]  # fmt: skip


def test_a_sample_too_small_to_hold_its_trouble_is_refused(tmp_path: Path) -> None:
    answer = cdp("sample", "--people", "5", "--out", tmp_path / "sample")
    assert answer.status == 2
    assert "--people" in answer.output


def test_nights_are_listed_and_rolled_back(nights: PublishedNights, tmp_path: Path) -> None:
    published = tmp_path / "data" / "published"
    shutil.copytree(nights.project.published, published, symlinks=True)
    first, second = (night.name for night in published_nights(published))
    listed = cdp("admin", "nights", "--project", tmp_path).output
    assert f"→ {second} published 20" in listed
    assert listed.startswith(f"{first} published 20")
    back = cdp("admin", "rollback", "--project", tmp_path)
    now = f"{first}-rewritten1"  # some withdrew between the two
    assert (back.status, back.output) == (0, f"current: {second} → {now}")
    assert f"→ {now} published" in cdp("admin", "nights", "--project", tmp_path).output
    further = cdp("admin", "rollback", "--project", tmp_path)
    assert further.status == 1
    assert "no earlier night to roll back to" in further.output
    assert current_night(published) == published / now
