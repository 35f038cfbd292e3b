"""Commands shown to readers exist, with the options shown."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer

from cdp_pipeline.cli.app import app
from cdp_pipeline_tests.unit.docs.pages import REPOSITORY, Block, all_blocks, all_pages

SHELLS = {"bash", "console", "crontab", "ini", "sh", ""}
BLOCKS = [block for block in all_blocks() if block.language in SHELLS]
CDP = re.compile(r"^(?:\$ |ExecStart=|.*&& )?(?:\S*/bin/)?cdp ([a-z].*)$")
INLINE = re.compile(r"`cdp ([a-z][^`]*)`")
MAKE = re.compile(r"^(?:\$ )?make ([a-z-]+)")


def cdp_lines(block: Block) -> list[str]:
    lines = (CDP.match(line.strip()) for line in block.text.replace("\\\n", " ").splitlines())
    return [re.split(r" (?:>>?|\|\|?|&&|2>) ", match[1])[0] for match in lines if match]


def inline_commands() -> list[tuple[str, str]]:
    """Commands in the running text, such as `cdp run --from link`."""
    found = []
    for page in all_pages():
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        found += [(page.relative_to(REPOSITORY).as_posix(), line) for line in INLINE.findall(text)]
    return found


COMMANDS = list(
    dict.fromkeys([(str(block), line) for block in BLOCKS for line in cdp_lines(block)] + inline_commands())
)


def parse(words: list[str]) -> None:
    """Take the words as the command line would, without running anything; a name alone need only exist."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("cdp", words)
    while hasattr(command, "commands"):
        name, command, words = command.resolve_command(context, context._protected_args + context.args)
        if not words:
            return
        context = command.make_context(name, words, parent=context)


@pytest.mark.parametrize(("place", "line"), COMMANDS, ids=[f"{place}: {line}" for place, line in COMMANDS])
def test_a_command_shown_is_understood(place: str, line: str) -> None:
    parse(shlex.split(line, comments=True))


def test_a_command_with_an_unknown_option_is_not() -> None:
    with pytest.raises(Exception, match="--nope"):
        parse(["run", "--nope"])


def test_commands_are_found_on_pages() -> None:
    assert len(COMMANDS) > 20


def test_make_targets_shown_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    shown = {
        match[1]
        for block in BLOCKS
        for line in block.text.splitlines()
        if (match := MAKE.match(line.strip()))
    }
    assert shown
    assert shown <= set(targets)
