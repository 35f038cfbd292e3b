"""The command reference: every `cdp` command with its arguments and options, from the command itself."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer
from markdown_text import cell, code, codes, page, table

from cdp_pipeline.cli.app import app

# typer carries its own copy of click, so commands and parameters are known here by what they offer alone.
Command = Any
Parameter = Any


def command_page() -> str:
    """One section per command."""
    root = typer.main.get_command(app)
    blocks = [
        "# Commands",
        "Every command has `--help` with the same text. A command works on the project in the current folder, on the "
        "one that `CDP_PROJECT` names, or on `--project FOLDER`. It ends with status 0; with 1 and words on what is "
        "wrong and what to do; or with 2 when it was not understood.",
    ]
    for path, command in commands_of(root, ("cdp",)):
        blocks += _section(path, command)
    return page(*blocks)


def commands_of(command: Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Command]]:
    """The command itself unless it is only a group's name, then its subcommands."""
    subcommands = getattr(command, "commands", {})
    if not subcommands:
        yield path, command
    for name, subcommand in sorted(subcommands.items()):
        if not subcommand.hidden:
            yield from commands_of(subcommand, (*path, name))


def _section(path: tuple[str, ...], command: Command) -> Iterator[str]:
    yield f"## {' '.join(path)} {{ #{'-'.join(path)} }}"
    yield str(command.help or "")
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    if arguments:
        rows = [[code(_metavar(a)), cell(getattr(a, "help", "") or "")] for a in arguments]
        yield table(["Argument", "Meaning"], rows)
    if options:
        yield table(["Option", "Default", "Meaning"], [_option_row(option) for option in options])
    example = str(command.epilog or "").removeprefix("Example: ").strip()
    if example:
        yield f"```bash\n{example}\n```"


def _metavar(argument: Parameter) -> str:
    return str(argument.metavar or argument.name.upper())


def _option_row(option: Parameter) -> list[str]:
    meaning = cell(option.help or "")
    if option.envvar:
        meaning += f" Environment: {code(option.envvar)}."
    return [codes([*option.opts, *option.secondary_opts]), _default(option), meaning]


def _default(option: Parameter) -> str:
    if option.required:
        return "required"
    value = option.default
    if value == Path():
        return "this folder"
    if value in (None, "") or value is False:
        return ""
    return code(value.value if isinstance(value, Enum) else value)
