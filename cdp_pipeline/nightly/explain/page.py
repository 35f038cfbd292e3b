"""The page of an explanation, as a file that only its owner may read."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from cdp_pipeline.link.evidence import MISSING_LEVEL
from cdp_pipeline.link.evidence_words import COMPARISONS
from cdp_pipeline.nightly.explain.consents import decided_words, moment_words
from cdp_pipeline.nightly.explain.contacts import contact_states
from cdp_pipeline.nightly.explain.fact_words import facts_in_words
from cdp_pipeline.nightly.explain.facts import FACTS
from cdp_pipeline.nightly.explain.history import changed_values
from cdp_pipeline.nightly.explain.links import agreeing_besides, by_pair
from cdp_pipeline.nightly.explain.profile import profile_lines
from cdp_pipeline.nightly.private_page import write_private_page
from cdp_pipeline.report.explanation_page import render_explanation_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cdp_pipeline.nightly.explain.customer import Explanation
    from cdp_pipeline.nightly.explain.queries import Row


def write_explanation_page(explanation: Explanation, path: Path) -> None:
    """Write the explanation as one page that needs nothing else.

    Raises:
        PageError: the file cannot be written.
    """
    write_private_page(render_explanation_page(as_document(explanation)), path)


def as_document(explanation: Explanation) -> dict[str, Any]:
    """Return the fields by name; edges with what spoke (`parts`) and what said nothing (`silent`).

    Refused rows of one pair stand together.
    """
    document = {field.name: getattr(explanation, field.name) for field in dataclasses.fields(explanation)}
    return {
        **document,
        "edges": _parted(explanation.edges),
        "refused": by_pair(_parted(explanation.refused)),
        "agreeing": agreeing_besides(explanation.edges),
        "contacts": [{**row, "states": contact_states(row)} for row in explanation.contacts],
        "consents": [{**row, "since": decided_words(row["decided_at"])} for row in explanation.consents],
        "consent_ledger": [
            {**row, "decided": moment_words(row["occurred_at"])} for row in explanation.consent_ledger
        ],
        "profile_rows": list(profile_lines(explanation)),
        "changed_values": changed_values(explanation.history),
        **facts_in_words({name: document[name] for name in FACTS}),
    }


def _parted(edges: Sequence[Row]) -> list[Row]:
    return [
        {
            **edge,
            "parts": [part for part in edge["comparison_weights"] or [] if _spoke(part)],
            "silent": [
                COMPARISONS.get(part["comparison"], part["comparison"])
                for part in edge["comparison_weights"] or []
                if not _spoke(part)
            ],
        }
        for edge in edges
    ]


def _spoke(part: Row) -> bool:
    return bool(part["comparison_level"] != MISSING_LEVEL)
