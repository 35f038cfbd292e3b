"""What `cdp source inspect` shows: a file's nature, the layouts that fit, and its columns; forms, hardly any values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cdp_pipeline.plural import counted
from cdp_pipeline.screen import visible

if TYPE_CHECKING:
    from cdp_pipeline.extract.inspection import Inspection, LayoutFit
    from cdp_pipeline.extract.inspection.dialect import Dialect
    from cdp_pipeline.extract.inspection.profile import ColumnProfile
    from cdp_pipeline.nightly.inspect_file import InspectedFile
    from cdp_pipeline.nightly.write_mapping import WrittenMapping

MOST_FITS = 3
NAME_OF_DELIMITER = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


def show_inspected(file: InspectedFile, console: Console) -> None:
    """Print what a file turned out to be."""
    console.print(Text(visible(file.content.label), "bold"))
    inspection = file.inspection
    if inspection is None:
        console.print(Text(f"  {visible(file.refusal or '')}", "red"))
        return
    facts = Table.grid(padding=(0, 2))
    for name, said in _facts(inspection, file):
        facts.add_row(Text(f"  {name}", "dim"), said)
    console.print(facts)
    if inspection.profiles:
        console.print(_columns(inspection))


def _facts(inspection: Inspection, file: InspectedFile) -> list[tuple[str, Text]]:
    """One line each: kind, records, refusal, layouts, and headers that only one side has."""
    records = [counted(inspection.records, "record")]
    if inspection.blank_records:
        records.append(counted(inspection.blank_records, "blank line"))
    records += [
        f"{count} cannot be taken apart ({rule})" for rule, count in sorted(inspection.unparsed.items())
    ]
    lines = [("is", Text(_nature(inspection))), ("holds", Text(", ".join(records)))]
    if inspection.refusal:
        lines.append(("refused", Text(visible(inspection.refusal), "red")))
    if file.taken_by:
        source, layout = file.taken_by
        lines.append(("taken by", Text(f"source {source}, as layout {layout}")))
    lines.append(("fits", _fits(inspection)))
    if inspection.repeated_headers:
        lines.append(("twice", Text(visible(", ".join(inspection.repeated_headers)), "yellow")))
    best = inspection.best_fit
    if best and best.is_convincing:
        lines += [(name, said) for name, said in _differences(best) if said.plain]
    return lines


def _nature(inspection: Inspection) -> str:
    dialect = inspection.dialect
    if dialect is None:
        return f"{str(inspection.kind).replace('_', ' ')}, {inspection.size_bytes:,} bytes"
    mark = " with byte order mark" if dialect.has_byte_order_mark else ""
    doubt = "" if dialect.is_certain else f" ({_doubt(dialect)})"
    return (
        f"delimited text, separated by {NAME_OF_DELIMITER[dialect.delimiter]}, {dialect.encoding}{mark}{doubt}, "
        f"{inspection.size_bytes:,} bytes"
    )


def _doubt(dialect: Dialect) -> str:
    """Say which letters tell a wrong encoding: single ones, never a value."""
    if not dialect.doubtful:
        return "the likeliest; others read the same letters"
    pairs = ", ".join(f"{ours} as {other}" for ours, other in dialect.doubtful)
    return f"the likeliest; {dialect.other_encoding} would read {pairs}: see which of them the names have"


def _fits(inspection: Inspection) -> Text:
    if not inspection.fits:
        return Text("no layout: --write drafts one")
    best = inspection.best_fit
    shown = Text() if best and best.is_convincing else Text("no layout well: --write drafts one. Nearest: ")
    for number, fit in enumerate(inspection.fits[:MOST_FITS]):
        of_layout = len(fit.matched) + len(fit.missing)
        shown.append("; " if number else "")
        shown.append(fit.layout.layout, "bold" if fit is best and fit.is_convincing else "")
        shown.append(f" ({len(fit.matched)} of its {counted(of_layout, 'column')}")
        lacking = ", ".join(fit.missing_required)
        shown.append(f"; it needs {lacking})" if lacking else ")")
    return shown


def _differences(fit: LayoutFit) -> list[tuple[str, Text]]:
    unknown = [name for name in fit.unknown if name not in fit.renamed]
    renamed = [
        f"{visible(header)}: if it is {column}, add it to `aliases` of {column}, or to `headers` of the source"
        for header, column in fit.renamed.items()
    ]
    return [
        ("renamed?", Text("\n".join(renamed), "yellow")),
        ("lacks", Text(", ".join(fit.missing))),
        ("not taken", Text(visible(", ".join(unknown)))),
    ]


def _columns(inspection: Inspection) -> Table:
    from cdp_pipeline.extract.inspection.meanings import answer_in

    table = Table(box=None, pad_edge=True, header_style="dim")
    for title in ("column", "likely", "filled", "different", "every value is"):
        table.add_column(
            title, justify="right" if title in {"filled", "different"} else "left", overflow="fold"
        )
    for column in inspection.columns:
        profile = inspection.profiles[column.name]
        filled = f"{100 * profile.filled / inspection.records:.0f} %" if inspection.records else ""
        likely = (column.meaning or "").replace("_", " ")
        table.add_row(visible(column.header), likely, filled, f"{profile.distinct:,}", _written(profile))
        for path in profile.paths:
            table.add_row(
                f"  {visible(column.header)}.{visible(path)}", answer_in(path.replace(".", " ")) or ""
            )
    return table


def _written(profile: ColumnProfile) -> str:
    nothing = [f"{text} in {counted(rows, 'row')}" for text, rows in profile.null_texts.items()]
    if not profile.filled:
        return "; ".join(["empty", *nothing])
    said = [form.name for form in profile.forms[:2]]
    if profile.nearly:
        said.append(f"{profile.nearly.name} but for {profile.misfits}")
    if profile.is_unique:
        said.append("unique")
    if profile.guarded:
        said.append("behind a guard '")
    said += nothing
    if profile.words and not profile.forms:
        said.append("one of " + ", ".join(visible(word) for word in profile.words))
    return "; ".join(said)


def show_written(written: WrittenMapping, console: Console) -> None:
    """Print what was written and what to do next."""
    layouts = ", ".join(written.layouts)
    what = f"layout {layouts}, " + ("drafted from the file" if written.is_new_layout else "which fits")
    if len(written.layouts) > 1:
        what = f"layouts {layouts}, each from the members of the archive that it fits"
    console.print(f"\nSource {written.source} delivers {what}. Written:", highlight=False, soft_wrap=True)
    for name in written.files:
        console.print(f"  {name}", highlight=False, soft_wrap=True)
    for label in written.left_out:
        console.print(Text(f"Not read, as no layout fits: {visible(label)}", "yellow"), soft_wrap=True)
    if written.is_new_layout:
        console.print(_what_it_feeds(written.feeds), highlight=False, soft_wrap=True)
    if written.asks_consent:
        headers = ", ".join(written.asks_consent)
        said = f"Look like consent, and feed nothing until a consent_event.sql says what they mean: {headers}"
        console.print(Text(visible(said), "yellow"), soft_wrap=True)
    console.print(
        f"Read them, then: cdp check, put the export where [bold]{written.path}[/bold] finds it in the landing "
        "folder, cdp run.",
        highlight=False,
        soft_wrap=True,
    )


def _what_it_feeds(tables: list[str]) -> str:
    if not tables:
        return (
            "[yellow]It feeds no table yet[/yellow]: no names, contacts, addresses or whole purchases were found. "
            "Its records will lie in their own table; docs/how-to/add-a-layout.md shows how to map them."
        )
    paid = " Every purchase counts as paid until purchase.sql says otherwise." if "purchase" in tables else ""
    return f"It feeds {', '.join(tables)}.{paid}"


def as_json(files: list[InspectedFile]) -> str:
    """Return everything that was found, for programs; forms and counts, no values."""
    return json.dumps([_document(file) for file in files], indent=2, ensure_ascii=False)


def _document(file: InspectedFile) -> dict[str, Any]:
    found = file.inspection
    document: dict[str, Any] = {"file": file.content.label, "refused_because": file.refusal}
    if found is None:
        return document
    return document | {
        "kind": str(found.kind),
        "encoding": found.dialect.encoding if found.dialect else None,
        "other_encoding": found.dialect.other_encoding if found.dialect else None,
        "delimiter": found.dialect.delimiter if found.dialect else None,
        "records": found.records,
        "blank_records": found.blank_records,
        "unparsed": found.unparsed,
        "layouts": [_fit_document(fit) for fit in found.fits],
        "columns": [
            {
                "header": column.header,
                "meaning": column.meaning,
                "filled": found.profiles[column.name].filled,
                "different": found.profiles[column.name].distinct,
                "forms": [form.name for form in found.profiles[column.name].forms],
                "null_texts": found.profiles[column.name].null_texts,
                "paths": found.profiles[column.name].paths,
            }
            for column in found.columns
            if column.name in found.profiles
        ],
    }


def _fit_document(fit: LayoutFit) -> dict[str, Any]:
    return {
        "layout": fit.layout.layout,
        "score": round(fit.score, 3),
        "fits": fit.is_convincing,
        "matched": fit.matched,
        "missing": fit.missing,
        "missing_required": fit.missing_required,
        "unknown": fit.unknown,
        "renamed": fit.renamed,
    }
