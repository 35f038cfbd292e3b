"""A command that a message names can be typed as it stands: it names the project where the command itself did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cdp_pipeline import cli
from cdp_pipeline.hints import COMMAND, in_this_project, note_project
from cdp_pipeline_tests.command import cdp


def commands(command: Any, words: str) -> Iterator[tuple[str, bool]]:
    """Every command with its words, and whether it takes `--project`."""
    if not hasattr(command, "commands"):
        yield words, any(parameter.name == "project" for parameter in command.params)
        return
    for name, sub in command.commands.items():
        yield from commands(sub, f"{words} {name}")


def test_the_commands_of_a_project_are_known_and_no_others() -> None:
    found = dict(commands(typer.main.get_command(cli.app), "cdp"))
    assert len(found) > 20
    assert {words: bool(COMMAND.fullmatch(words)) for words in found} == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Run one first: cdp run.", "Run one first: cdp run --project shop."),
        ("then run cdp run --from link.", "then run cdp run --project shop --from link."),
        (
            "(cdp link decisions, cdp link decide --undo)",
            "(cdp link decisions --project shop, cdp link decide --project shop --undo)",
        ),
        ("A project of your own: cdp init.", "A project of your own: cdp init."),
        ("cdp run --project shop", "cdp run --project shop"),
    ],
)
def test_commands_name_the_project(text: str, said: str) -> None:
    note_project("shop")
    assert in_this_project(text) == said
    note_project("")
    assert in_this_project(text) == text


@pytest.mark.parametrize("name", ["shop", "my [new] shop"])
def test_a_hint_names_the_folder_as_the_command_did(tmp_path: Path, name: str) -> None:
    (tmp_path / name / "data" / "landing").mkdir(parents=True)
    folder = tmp_path / name
    quoted = f"'{folder}'" if " " in name else str(folder)
    for words, status in ((["status"], 0), (["link", "values"], 1)):
        answer = cdp(*words, "--project", folder)
        assert (answer.status, f"cdp run --project {quoted}" in answer.output) == (status, True), answer
        answer = cdp(*words, CDP_PROJECT=str(folder))
        assert "cdp run" in answer.output
        assert "--project" not in answer.output
