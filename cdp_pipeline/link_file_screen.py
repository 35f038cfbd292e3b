"""What `cdp link INPUT OUTPUT` shows: headers, counts and shares; no value of anybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from cdp_pipeline.plural import counted
from cdp_pipeline.screen import bare_table, visible

if TYPE_CHECKING:
    from cdp_pipeline.nightly.link_file import FileFacts, LinkedFile

OF_A_COUNTRY = {"phones": {"phone"}, "addresses": {"street", "postcode", "city"}}

WITHOUT_EFFECT = {"placeholder": "Placeholders", "shared": "Shared by too many"}


def show_linked_file(linked: LinkedFile, target: Path, console: Console) -> None:
    """Print what linking a file found: first the result, then what it rests on."""
    console.print(
        f"{linked.records} records, {linked.clusters} people. Written: {target}",
        highlight=False,
        soft_wrap=True,
    )
    for warning in linked.warnings:
        console.print(Text(visible(warning), "yellow"), soft_wrap=True)
    for file in linked.files:
        _show_columns(file, console)
    _show_rules(linked, console)
    _show_unused_values(linked, console)
    _show_model(linked, console)


def _show_columns(file: FileFacts, console: Console) -> None:
    console.print()
    written = f", {file.written}" if file.written else ""
    console.print(
        Text(visible(f"{file.label}: {counted(file.records, 'record')}{written}"), "bold"), soft_wrap=True
    )
    table = bare_table("column", "taken as", "filled", "by", numbers={"filled"})
    for column in file.columns:
        if column.role:
            share = f"{100 * column.filled / file.records:.0f} %" if file.records else ""
            table.add_row(visible(column.header), column.role.replace("_", " "), share, column.reason)
    console.print(table)
    left_out = [f"{column.header} ({column.reason})" for column in file.columns if not column.role]
    if left_out:
        console.print(Text(visible(f"Left out: {', '.join(left_out)}"), "dim"), soft_wrap=True)
    console.print(Text("Wrong? Say it: --column HEADER=ROLE", "dim"))
    if subjects := _read_by_country(file):
        told = f"{subjects} that name no country are read as of {file.country}. Wrong? Say it: --country CODE"
        console.print(Text(told, "dim"), soft_wrap=True)


def _read_by_country(file: FileFacts) -> str:
    roles = {column.role for column in file.columns if column.role}
    subjects = [words for words, of_roles in OF_A_COUNTRY.items() if roles & of_roles]
    return " and ".join(subjects).capitalize()


def _show_rules(linked: LinkedFile, console: Console) -> None:
    console.print()
    table = bare_table("rule", "edges", numbers={"edges"})
    for rule in linked.rules:
        if not rule.lacks or rule.edges:
            table.add_row(rule.name, f"{rule.edges:,}")
    if table.row_count:
        console.print(table)
    idle = [rule for rule in linked.rules if rule.lacks and not rule.edges]
    if idle:
        lacking = sorted({key for rule in idle for key in rule.lacks})
        console.print(
            Text(f"{counted(len(idle), 'rule')} without effect: no record has {', '.join(lacking)}", "dim"),
            soft_wrap=True,
        )


def _show_unused_values(linked: LinkedFile, console: Console) -> None:
    from cdp_pipeline.nightly.link_file.warnings import places

    for fate, words in WITHOUT_EFFECT.items():
        told = [
            f"{counted(one.values, one.kind.replace('_', ' ') + ' value')} "
            f"({_label_of(linked, one.file_number)}{places(one, linked.files[one.file_number])})"
            for one in linked.unused
            if one.fate == fate
        ]
        if told:
            console.print(
                Text(visible(f"{words}, and so without effect: {', '.join(told)}"), "dim"), soft_wrap=True
            )


def _label_of(linked: LinkedFile, number: int) -> str:
    return f"{linked.files[number].label} " if len(linked.files) > 1 else ""


def _show_model(linked: LinkedFile, console: Console) -> None:
    console.print()
    console.print(f"Model: {visible(linked.model)}", highlight=False, soft_wrap=True)
    table = bare_table("kind of edge", "edges", numbers={"edges"})
    for kind, edges in linked.edges.items():
        table.add_row(kind.replace("_", " "), f"{edges:,}")
    if table.row_count:
        console.print(table)
    _show_confidence(linked, console)


def _show_confidence(linked: LinkedFile, console: Console) -> None:
    sure = linked.confidence
    if not sure or not (sure.model_pairs or sure.uncertain_pairs):
        return
    told = f"{counted(sure.uncertain_pairs, 'pair')} uncertain."
    if sure.expected_precision is not None:
        right = f"By its own weights {100 * sure.expected_precision:.1f} in 100 pairs that the model joined are right"
        told = f"{right}; {told}"
    console.print(told, highlight=False, soft_wrap=True)
