"""The answer to why these records are one person, in a few sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.link.evidence_words import percentage
from cdp_pipeline.plural import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdp_pipeline.nightly.explain.queries import Row

BY = {
    "rule": ("by a rule", "by rules"),
    "splink": ("by the model", "by the model"),
    "decision": ("by a decision", "by decisions"),
}
"""By kind of edge who made one link, or several."""


def summary_of(answers: Mapping[str, Sequence[Row]]) -> list[str]:
    """Return the sentences.

    Args:
        answers: records, edges, refused and old_ids of an explanation.
    """
    sentences = [_together(answers["records"], answers["edges"])]
    sentences += _weakest(answers["edges"])
    sentences += _apart(answers["refused"])
    merged = len(answers["old_ids"])
    if merged:
        sentences.append(
            f"{counted(merged, 'other id')} {'was' if merged == 1 else 'were'} merged into this one."
        )
    return sentences


def _together(records: Sequence[Row], edges: Sequence[Row]) -> str:
    sources = sorted({row["source_system"] for row in records})
    if len(records) == 1:
        return f"One record of {sources[0]}; no other was found to be the same person."
    links = [edge["edge_kind"] for edge in edges if edge["is_link"]]
    by = [
        f"{links.count(kind)} {words[links.count(kind) > 1]}" for kind, words in BY.items() if kind in links
    ]
    of = "one source" if len(sources) == 1 else f"{len(sources)} sources"
    held = f"{counted(len(links), 'link')} {'holds' if len(links) == 1 else 'hold'} them together"
    return f"{len(records)} records of {of} ({', '.join(sources)}) are one person. {held}: {', '.join(by)}."


def _weakest(edges: Sequence[Row]) -> list[str]:
    """Name the link that the model is least sure of; rules and decisions are declared, not measured."""
    scored = [edge for edge in edges if edge["is_link"] and edge["match_probability"] is not None]
    if not scored:
        return []
    weakest = min(scored, key=lambda edge: (edge["match_weight"], edge["left_label"], edge["right_label"]))
    pair = f"{weakest['left_label']} – {weakest['right_label']}"
    return [f"The least sure link is {pair}: one person at {percentage(weakest['match_probability'])}."]


def _apart(refused: Sequence[Row]) -> list[str]:
    if not refused:
        return []
    others = len({row["other_customer_id"] for row in refused})
    reasons = dict.fromkeys(_short_reason(row) for row in refused)
    return [f"{counted(others, 'other customer')} came near and stayed apart: {'; '.join(reasons)}."]


def _short_reason(row: Row) -> str:
    return str(row["refused_because"]).partition(":")[0]
