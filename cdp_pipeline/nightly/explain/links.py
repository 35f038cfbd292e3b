"""Edges in words: what joined two records and why, and what kept two apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline.link.evidence_words import (
    chain_words,
    common_words,
    level_words,
    match_probability,
    percentage,
    veto_words,
)
from cdp_pipeline.nightly.explain.queries import Labels, Row, key_of

CONTRADICTION = "contradiction"


def told_links(edges: Sequence[Row], labels: Labels, linkage: Linkage) -> list[Row]:
    """Return the edges with labels of their records, words, and whether they are among the links.

    Links are the fewest edges that hold the records together, and of those the strongest: one less than records.
    """
    told = [
        {
            "left_label": labels[key_of(edge, "left_")],
            "right_label": labels[key_of(edge, "right_")],
            **told_edge(edge, linkage),
        }
        for edge in edges
    ]
    links = strongest_links(told)
    return [{**edge, "is_link": row in links} for row, edge in enumerate(told)]


def told_refusals(refused: Sequence[Row], labels: Labels, linkage: Linkage) -> list[Row]:
    """Return the refused pairs with the label of the customer's record, what spoke for them, and what against."""
    return [
        {"label": labels[key_of(row)], **told_edge(row, linkage), "refused_because": _refusal(row, linkage)}
        for row in refused
    ]


def agreeing_besides(edges: Sequence[Row]) -> list[tuple[str, int]]:
    """Return what agrees beyond the links, in words, each with its number of pairs; the most frequent first."""
    said = [
        edge["because"] if edge["match_probability"] is None else "the model"
        for edge in edges
        if not edge["is_link"]
    ]
    return sorted(((words, said.count(words)) for words in set(said)), key=lambda row: (-row[1], row[0]))


def by_pair(refused: Sequence[Row]) -> list[list[Row]]:
    """Return refused rows of one pair and one reason together, in their order."""
    pairs: dict[tuple[str, ...], list[Row]] = {}
    for row in refused:
        pair = (*key_of(row), *key_of(row, "other_"), row["refused_because"])
        pairs.setdefault(pair, []).append(row)
    return list(pairs.values())


def told_edge(edge: Row, linkage: Linkage) -> Row:
    """Return an edge with words: because, why, and those of its parts; and the probability that the model gives."""
    because, why = _reason(edge, linkage)
    parts = edge["comparison_weights"]
    return {
        **edge,
        "because": because,
        "why": why,
        "match_probability": match_probability(edge["match_weight"]) if parts else None,
        "comparison_weights": parts and [{**part, "words": words_of(part)} for part in parts],
    }


def words_of(part: Mapping[str, object]) -> str:
    """Return what a part of a pair's evidence means."""
    weight = part["match_weight"]
    return level_words(
        str(part["comparison"]),
        str(part["comparison_level"]),
        float(weight) if isinstance(weight, float) else 0,
    )


def _reason(edge: Row, linkage: Linkage) -> tuple[str, str | None]:
    """Return what proposed a pair, and the reason that linkage.yml gives for that."""
    name = edge["edge_name"]
    if edge["comparison_weights"]:
        likely = percentage(match_probability(edge["match_weight"]))
        return f"compared by the model, one person at {likely}", None
    if edge["edge_kind"] == "decision" or name == "must_link":
        return "somebody decided that they are one person", None
    for rule in linkage.rules:
        if rule.name == name:
            return common_words(rule.keys), rule.why
    for spec in linkage.nameless:
        if spec.name == name:
            return f"{common_words([spec.key])}, and one of them gives no name", spec.why
    return f"the rule {name}, which linkage.yml no longer holds", None


def _refusal(row: Row, linkage: Linkage) -> str:
    if row["edge_kind"] == "vetoed":
        is_along_chain = row["vetoed_by"] == CONTRADICTION
        return chain_words(row["contradicting"]) if is_along_chain else veto_words(row["vetoed_by"])
    threshold = linkage.match_threshold.match_weight
    if row["match_weight"] >= threshold:  # linkage.yml was changed since that night
        return "too unlikely for the threshold of that night"
    return f"too unlikely: pairs are joined from {percentage(match_probability(threshold))} on"


def strongest_links(edges: Sequence[Row]) -> set[int]:
    """Return the positions of the links: by pairs from strong to weak, those that reach a record not reached before.

    Several edges of one pair add up, as they do in linkage; the strongest of them stands for the pair.
    """
    strength: dict[tuple[str, str], float] = {}
    for edge in edges:
        strength[_pair(edge)] = strength.get(_pair(edge), 0) + edge["match_weight"]
    order = sorted(
        range(len(edges)),
        key=lambda row: (
            -strength[_pair(edges[row])], _pair(edges[row]), -edges[row]["match_weight"], edges[row]["edge_name"],
        ),
    )  # fmt: skip
    group = {label: label for pair in strength for label in pair}
    links = set()
    for row in order:
        left, right = (group[label] for label in _pair(edges[row]))
        if left != right:
            links.add(row)
            group = {label: left if of == right else of for label, of in group.items()}
    return links


def _pair(edge: Row) -> tuple[str, str]:
    return edge["left_label"], edge["right_label"]
