"""What `cdp explain` shows: one customer's profile, records, edges, consents and audiences.

Everything goes to the console that is handed in, the one of the person who asked. Values come from other
people's systems, so control characters, with which a terminal can be led astray, are made visible.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cdp_pipeline.link.evidence import MISSING_LEVEL
from cdp_pipeline.screen import visible

if TYPE_CHECKING:
    from cdp_pipeline.nightly.explain import Explanation, Row

KEY = ("source_system", "record_kind", "source_record_id")
BITS_PER_BLOCK = 2
NO_CONTEST = {"same_value", "only_value"}
TIME_UNKNOWN = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without zone, as in the tables; stands for no time
MODEL_NOTE = "The model compares what rules have joined: all records of each side spoke, the first is named."


def show_explanation(explanation: Explanation, console: Console) -> None:
    """Print everything that is known of one customer."""
    labels = {_key(row): f"R{number}" for number, row in enumerate(explanation.records, start=1)}
    title = Text.assemble(
        (f"Customer {explanation.customer_id}", "bold"),
        f"  night {explanation.business_date} of {explanation.project}",
    )
    console.print(title)
    if explanation.way:
        console.print(Text(_shown(explanation.way), "dim"))
    _section(console, "Profile, and where each value came from", _profile(explanation, labels))
    _section(console, f"Source records: {len(labels)}", _records(explanation.records))
    reasons = "Why they are one person" if len(labels) > 1 else "One record, so nothing had to be joined"
    _section(console, reasons, _edges(explanation.edges, labels))
    if any(edge.get("comparison_weights") for edge in explanation.edges):
        console.print(Text(f" {MODEL_NOTE}", "dim"))
    _section(console, "Not joined", _refused(explanation.refused, labels))
    _section(console, "Ways to reach them, and consents", _consents(explanation))
    _section(console, "Segments and activations", _audiences(explanation))
    _section(console, "History of the id", _history(explanation))


def _section(console: Console, title: str, table: Table) -> None:
    console.print("\n", Text(title, "bold cyan"), sep="")
    console.print(table if table.row_count else Text("  nothing", "dim"))


def _table(*columns: str) -> Table:
    """Return a table without lines; columns whose name ends in > stand to the right."""
    table = Table(box=None, pad_edge=True, show_header=False)
    for column in columns:
        table.add_column(justify="right" if column.endswith(">") else "left", overflow="fold")
    return table


def _profile(explanation: Explanation, labels: dict[tuple[str, ...], str]) -> Table:
    table = _table("column", "value", "records", "decided by")
    for column, value in explanation.profile.items():
        candidates = [row for row in explanation.values if row["column_name"] == column]
        survivor = next((row for row in candidates if row["is_survivor"]), None)
        if survivor or value is not None or candidates:
            kept = Text("none" if value is None else _shown(value), "bold" if survivor else "")
            said_by = _who_says(survivor["value"], candidates, labels) if survivor else Text("")
            table.add_row(_plain(column), kept, said_by, _reason(survivor))
        for other in _others(survivor, candidates):
            said_by = _who_says(other["value"], candidates, labels)
            lost = Text(f"lost by {other['decided_by']}", "dim")
            table.add_row("", Text(_shown(other["value"]), "dim"), said_by, lost)
    return table


def _reason(survivor: Row | None) -> str:
    if survivor is None:
        return ""
    return "no other value" if survivor["decided_by"] in NO_CONTEST else f"won by {survivor['decided_by']}"


def _others(survivor: Row | None, candidates: list[Row]) -> Iterator[Row]:
    """Yield the best candidate of each value that lost; an address can win with a part of it empty."""
    seen = {survivor["value"]} if survivor else set()
    for row in candidates:
        if row["value"] not in seen:
            seen.add(row["value"])
            yield row


def _who_says(value: str, candidates: list[Row], labels: dict[tuple[str, ...], str]) -> Text:
    said_by = dict.fromkeys(labels[_key(row)] for row in candidates if row["value"] == value)
    return Text(" ".join(said_by), "dim")


def _records(records: list[Row]) -> Table:
    table = _table("label", "record")
    for number, row in enumerate(records, start=1):
        changed = f"  changed {_shown(row['updated_at'])}" if row["updated_at"] else ""
        lines = [Text.assemble(_shown("/".join(_key(row))), (changed, "dim"))]
        person = [row[name] for name in ("given_name", "family_name", "name_suffix")]
        facts = [" ".join(_shown(word) for word in person if word), row["birth_date"], row["gender"]]
        for values in (facts, row["contacts"] or [], row["addresses"] or [], row["external_ids"] or []):
            shown = " · ".join(_shown(value) for value in values if value)
            lines.extend([Text(shown)] if shown else [])
        table.add_row(Text(f"R{number}", "bold"), Text("\n").join(lines))
    return table


def _edges(edges: list[Row], labels: dict[tuple[str, ...], str]) -> Table:
    """Return the edges, strongest first, those of one pair together."""
    table = _table("pair", "what", "match weight>", "bar")
    pairs = {
        row: f"{labels[_key(edge, 'left_')]} – {labels[_key(edge, 'right_')]}"
        for row, edge in enumerate(edges)
    }
    order = sorted(range(len(edges)), key=lambda row: (-edges[row]["match_weight"], edges[row]["edge_name"]))
    for pair in dict.fromkeys(pairs[row] for row in order):
        for place, edge in enumerate(edges[row] for row in order if pairs[row] == pair):
            scored = edge.get("comparison_weights") or []
            what = f"{edge['edge_kind']}{', met by' if scored else ''} {edge['edge_name']}"
            weight = Text(f"{edge['match_weight']:.1f}", "bold")
            table.add_row(Text("" if place else pair, "bold"), _plain(what), weight, "")
            _add_comparisons(table, scored)
    return table


def _add_comparisons(table: Table, weights: list[Row]) -> None:
    """Add a row per comparison that spoke, and one that lists the others."""
    for part in weights:
        if part["comparison_level"] != MISSING_LEVEL:
            level = Text(f"  {part['comparison']}: {part['comparison_level']}", "dim")
            table.add_row("", level, f"{part['match_weight']:+.1f}", _bar(part["match_weight"]))
    silent = [part["comparison"] for part in weights if part["comparison_level"] == MISSING_LEVEL]
    if silent:
        table.add_row("", Text(f"  {MISSING_LEVEL}: {', '.join(silent)}", "dim"), "", "")


def _bar(weight: float) -> Text:
    return Text("█" * round(abs(weight) / BITS_PER_BLOCK), "green" if weight > 0 else "red")


def _refused(refused: list[Row], labels: dict[tuple[str, ...], str]) -> Table:
    table = _table("label", "other", "why", "match weight>")
    for row in refused:
        record = "/".join(_key(row, "other_"))
        why = (
            f"vetoed by {row['vetoed_by']}" if row["edge_kind"] == "vetoed" else "weight below the threshold"
        )
        table.add_row(
            Text(labels[_key(row)], "bold"),
            Text(f"{row['other_customer_id']}\n{_shown(record)}"),
            Text.assemble(why, (f"\n{row['edge_name']}", "dim")),
            f"{row['match_weight']:.1f}",
        )
    return table


def _consents(explanation: Explanation) -> Table:
    table = _table("contact", "what", "status", "since", "source")
    for contact in explanation.contacts:
        value = contact["contact_value"]
        table.add_row(Text(_shown(value), "bold"), _plain(", ".join(_states(contact))), "", "", "")
        decided = [row for row in explanation.consents if row["contact_value"] == value]
        for row in decided:
            status = Text(row["status"], "green" if row["status"] == "granted" else "red")
            since = Text(_decided(row["decided_at"]), "dim")
            table.add_row(
                "", f"{row['purpose']} by {row['channel']}", status, since, _plain(row["source_system"])
            )
        if not decided:
            table.add_row("", Text("no consent on record", "dim"), "", "", "")
    return table


def _decided(at: datetime) -> str:
    return f"since {_shown(at)}" if at > TIME_UNKNOWN else "time unknown"


def _states(contact: Row) -> Iterator[str]:
    yield contact["delivery_state"] if contact["is_valid"] else contact["invalid_reason"]
    if contact["is_shared"]:
        yield f"shared by {contact['customer_count']} customers"


def _audiences(explanation: Explanation) -> Table:
    table = _table("kind", "name", "state")
    for row in explanation.segments:
        until = f" to {row['left_on']} (left)" if row["left_on"] else ""
        table.add_row("segment", _plain(row["segment"]), f"since {row['entered_on']}{until}")
    for row in explanation.activations:
        if row["state"] == "sent":
            state = Text(f"in the file by {', '.join(row['contact_kinds'])}", "green")
        elif row["state"] == "left_out":
            since = f" since {_shown(row['reason_since'])}" if row["reason_since"] else ""
            source = f" ({row['reason_source']})" if row["reason_source"] else ""
            state = Text(f"left out: {row['reason']}{since}{source}", "yellow")
        else:
            state = Text(f"not in segment {row['segment']}", "dim")
        table.add_row("activation", _plain(row["activation"]), state)
    return table


def _history(explanation: Explanation) -> Table:
    table = _table("date", "event")
    for row in explanation.events:
        table.add_row(str(row["business_date"]), _plain(f"{_event(row)}  ({row['cause']})"))
    return table


def _event(row: Row) -> str:
    match row["event"]:
        case "merge":
            return f"{row['customer_id']} was merged into {row['other_customer_id']}"
        case "split":
            return f"{row['customer_id']} was split off {row['other_customer_id']}"
        case "undo":
            return f"{row['customer_id']} parted from {row['other_customer_id']} again and has its id back"
        case "retire":
            return f"{row['customer_id']} was retired: all its records left the sources"
        case "return":
            return f"{row['customer_id']} is back with its records"
        case _:
            return f"{row['customer_id']} was given out for {'/'.join(_key(row, 'anchor_'))}"


def _key(row: Row, prefix: str = "") -> tuple[str, ...]:
    return tuple(row[f"{prefix}{column}"] for column in KEY)


def _plain(value: object) -> Text:
    """Return a value as text in which nothing is markup."""
    return Text(_shown(value))


def _shown(value: object) -> str:
    match value:
        case datetime():
            text = f"{value:%Y-%m-%d %H:%M}"
        case date():
            text = value.isoformat()
        case _:
            text = str(value)
    return visible(text)


def as_json(explanation: Explanation) -> str:
    """Return the explanation for programs, in ASCII: the names of `Explanation`, dates as ISO 8601."""
    return json.dumps(dataclasses.asdict(explanation), default=_iso, indent=2)


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
