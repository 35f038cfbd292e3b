"""`cdp source inspect` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from cdp_pipeline.cli import app

CLUB = "Kundennr;Name;E-Mail\n0001;Erika Muster;erika@example.com\n0002;Hans Beispiel;hans@example.com\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    return folder


def run(project: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["source", "inspect", "--project", str(project), *arguments])
    return result.exit_code, result.output


def test_it_tells_what_a_file_is_without_its_values(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "club.csv"
    file.write_text(CLUB, encoding="utf-8")
    code, output = run(project, str(file))
    assert code == 0
    assert "delimited text, separated by semicolon, utf-8" in " ".join(output.split())
    assert "2 records" in output
    assert "Muster" not in output
    assert "example.com" not in output
    file.write_bytes(CLUB.replace("Muster", "Lefèvre").encode("cp1252"))
    _, output = run(project, str(file))
    assert "cp1252 (the likeliest; cp1250 would read è as č" in " ".join(output.split())
    assert "Lef" not in output


def test_it_writes_a_source_that_the_project_accepts(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "club.csv"
    header, *rows = CLUB.splitlines()
    lines = [f"{header};do_not_email", *(f"{row};0" for row in rows)]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    code, output = run(project, str(file), "--write")
    assert code == 0
    assert "It feeds contact_point, customer_record." in output
    assert (
        "Look like consent, and feed nothing until a consent_event.sql says what they mean: do_not_email"
        in output
    )
    checked = CliRunner().invoke(app, ["check", "--project", str(project)])
    assert checked.exit_code == 0, checked.output


def test_json_holds_counts_and_forms_alone(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "club.csv"
    file.write_text(CLUB, encoding="utf-8")
    _, output = run(project, str(file), "--json")
    [found] = json.loads(output)
    assert (found["records"], found["delimiter"], found["encoding"]) == (2, ";", "utf-8")
    assert found["columns"][2]["forms"] == ["e-mail address"]
    assert "Muster" not in output


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("page.csv", b"<!DOCTYPE html><html></html>", "is an HTML page"),
        ("empty.csv", b"", "the file is empty"),
    ],
)
def test_a_file_that_nobody_reads_ends_with_an_error(
    project: Path, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    code, output = run(project, str(file))
    assert code == 1
    assert message in " ".join(output.split())


def test_a_file_that_is_not_there_is_named(project: Path, tmp_path: Path) -> None:
    code, output = run(project, str(tmp_path / "none.csv"))
    assert code == 1
    assert "there is no such file" in " ".join(output.split())


def test_a_file_on_which_a_parser_stumbles_is_told_in_words_without_its_values(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise pa.ArrowInvalid("cannot convert 'secret@example.org'")

    monkeypatch.setattr("cdp_pipeline.extract.inspection.inspect.open_reading", stumble)
    file = tmp_path / "club.csv"
    file.write_text(CLUB, encoding="utf-8")
    code, output = run(project, str(file))
    assert code == 1
    assert "club.csv: cannot be read (ArrowInvalid), so it is likely damaged" in " ".join(output.split())
    assert "secret" not in output
