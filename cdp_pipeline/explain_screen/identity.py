"""The parts of the screen about identity: records, what joined them, what stayed apart, decisions, the id's history."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cdp_pipeline.explain_screen.shown import plain, shown, table_of
from cdp_pipeline.link.evidence import MISSING_LEVEL
from cdp_pipeline.link.evidence_words import COMPARISONS
from cdp_pipeline.nightly.explain.links import agreeing_besides, by_pair
from cdp_pipeline.nightly.explain.queries import key_of
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from cdp_pipeline.nightly.explain import Row

WATERFALL_COLUMNS = 24
SMALLEST_WEIGHT = 0.05
"""A smaller one is shown as nothing."""

MOST_REFUSED = 8
"""Pairs shown with their evidence; --html and --json hold all."""

MODEL_NOTE = "The model compares what rules have joined: all records of each side spoke, the first is named."


def records(rows: Sequence[Row]) -> Table:
    """Return the source records with their labels."""
    table = table_of("label", "record")
    for row in rows:
        changed = f"  changed {shown(row['updated_at'])}" if row["updated_at"] else ""
        lines = [Text.assemble(shown("/".join(key_of(row))), (changed, "dim"))]
        person = [row[name] for name in ("given_name", "family_name", "name_suffix")]
        facts = [" ".join(shown(word) for word in person if word), row["birth_date"], row["gender"]]
        for values in (facts, row["contacts"] or [], row["addresses"] or [], row["external_ids"] or []):
            text = " · ".join(shown(value) for value in values if value)
            lines.extend([Text(text)] if text else [])
        table.add_row(Text(row["label"], "bold"), Text("\n").join(lines))
    return table


def links(edges: Sequence[Row]) -> list[RenderableType]:
    """Return what holds the records together: rules with their pairs, pairs of the model as waterfalls."""
    held = sorted((edge for edge in edges if edge["is_link"]), key=_by_strength)
    parts: list[RenderableType] = []
    declared = [edge for edge in held if edge["match_probability"] is None]
    for (_, name, because), pairs in groupby(
        declared, lambda edge: (edge["edge_kind"], edge["edge_name"], edge["because"])
    ):
        parts.extend(_declared(name, because, list(pairs)))
    scored = [edge for edge in held if edge["match_probability"] is not None]
    for edge in scored:
        parts.append(Text.assemble((f" {_pair(edge)}", "bold"), f"  {edge['because']}"))
        parts.append(waterfall(edge["comparison_weights"], edge["match_weight"]))
    if scored:
        parts.append(Text(f" {MODEL_NOTE}", "dim"))
    besides = [f"{words} ({pairs})" for words, pairs in agreeing_besides(edges)]
    # Without these the records would hold together all the same.
    return [*parts, *([Text(f" Agreeing besides: {', '.join(besides)}", "dim")] if besides else [])]


def _by_strength(edge: Row) -> tuple[Any, ...]:
    return -edge["match_weight"], edge["edge_name"], edge["left_label"], edge["right_label"]


def _pair(edge: Row) -> str:
    return f"{edge['left_label']} – {edge['right_label']}"


def _declared(name: str, because: str, pairs: list[Row]) -> Iterator[RenderableType]:
    """Yield a rule or the decisions of people: what the pairs have in common, why that counts, and the pairs."""
    figures = f"  {pairs[0]['edge_kind']} {name}, match weight {pairs[0]['match_weight']:.1f}"
    yield Text(f" {because[0].upper()}{because[1:]}", "bold")
    if pairs[0]["why"]:
        yield Padding(plain(pairs[0]["why"]), (0, 0, 0, 3))
    named = Text.assemble(" · ".join(_pair(edge) for edge in pairs), (figures, "dim"))
    yield Padding(named, (0, 0, 0, 3))


def waterfall(parts: Sequence[Row], match_weight: float) -> RenderableType:
    """Return what each comparison added, each bar beginning where the one before ended."""
    spoke = [part for part in parts if part["comparison_level"] != MISSING_LEVEL]
    table = table_of("words", "weight>", "bar")
    ends = [0.0]
    for part in spoke:
        ends.append(ends[-1] + part["match_weight"])
    lowest, highest = min(ends), max(ends)
    bits = (highest - lowest) / WATERFALL_COLUMNS or 1
    for part, start, end in zip(spoke, ends, ends[1:], strict=False):
        left, right = (round((edge - lowest) / bits) for edge in sorted((start, end)))
        bar = Text(" " * left + "█" * max(1, right - left), "green" if part["match_weight"] > 0 else "red")
        is_nothing = abs(part["match_weight"]) < SMALLEST_WEIGHT
        weight = "0.0" if is_nothing else f"{part['match_weight']:+.1f}"
        table.add_row(plain(part["words"]), weight, "" if is_nothing else bar)
    table.add_row(Text("match weight", "bold"), Text(f"{match_weight:.1f}", "bold"), "")
    silent = [part["comparison"] for part in parts if part["comparison_level"] == MISSING_LEVEL]
    if silent:
        named = ", ".join(COMPARISONS.get(name, name) for name in silent)
        table.add_row(Text(f"{MISSING_LEVEL}: {shown(named)}", "dim"), "", "")
    return Padding(table, (0, 0, 0, 2))


def refusals(refused: Sequence[Row]) -> list[RenderableType]:
    """Return the pairs that stayed apart: against what, why, and what had spoken for them."""
    pairs = by_pair(refused)
    parts = [part for rows in pairs[:MOST_REFUSED] for part in _refused_pair(rows)]
    if len(pairs) > MOST_REFUSED:
        more = counted(len(pairs) - MOST_REFUSED, "more pair")
        parts.append(Text(f" {more}, weaker than these: --html and --json hold all.", "dim"))
    return parts


def _refused_pair(rows: list[Row]) -> Iterator[RenderableType]:
    """Yield one pair, refused for one reason, whatever proposed it."""
    first = rows[0]
    other = f"{shown('/'.join(key_of(first, 'other_')))} of customer {first['other_customer_id']}"
    yield Text.assemble((f" {first['label']}", "bold"), f" and {other}: {first['refused_because']}.")
    for row in rows:
        figures = f"  {row['edge_name']}, match weight {row['match_weight']:.1f}"
        yield Padding(Text.assemble(f"For it spoke: {row['because']}", (figures, "dim")), (0, 0, 0, 3))
        if row["comparison_weights"]:
            yield waterfall(row["comparison_weights"], row["match_weight"])


def decisions(rows: Sequence[Row]) -> Table:
    """Return what people decided about the records."""
    table = table_of("number>", "what")
    for row in rows:
        said = f"{shown(row['decided_at'])} UTC"
        said += f" by {shown(row['decided_by'])}: {shown(row['reason'])}" if row["decided_by"] else ""
        until = f", until {row['expires_on']}" if row["expires_on"] else ""
        lines = [Text.assemble(shown(row["words"]), (f"  {row['state']}{until}", "dim")), Text(said, "dim")]
        table.add_row(Text(str(row["decision_id"]), "bold"), Text("\n").join(lines))
    return table


def history(events: Sequence[Row]) -> Table:
    """Return what happened to the id, night by night."""
    table = table_of("date", "event")
    for row in events:
        table.add_row(
            str(row["business_date"]), Text.assemble(shown(row["words"]), (f"  {row['cause_words']}", "dim"))
        )
    return table
