"""What `cdp explain` shows: why records are one person, what stayed apart, and all that is known of the customer.

Everything goes to the console that is handed in, the one of the person who asked. Values come from other
people's systems, so control characters, with which a terminal can be led astray, are made visible.
"""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from typing import TYPE_CHECKING

from rich.text import Text

from cdp_pipeline.explain_screen import consents, history, identity, profile
from cdp_pipeline.explain_screen.facts import show_facts
from cdp_pipeline.explain_screen.history import show_past
from cdp_pipeline.explain_screen.shown import section, shown

if TYPE_CHECKING:
    from rich.console import Console

    from cdp_pipeline.nightly.explain import Explanation, PastExplanation

__all__ = ["as_json", "show_explanation", "show_past"]


def show_explanation(explanation: Explanation, console: Console) -> None:
    """Print everything that is known of one customer: the answer in words first, figures beneath."""
    title = Text.assemble(
        (f"Customer {explanation.customer_id}", "bold"),
        f"  night {explanation.business_date} of {explanation.project}",
    )
    console.print(title)
    if explanation.way:
        console.print(Text(shown(explanation.way), "dim"))
    console.print()
    for sentence in explanation.summary:
        console.print(Text(shown(sentence)))
    section(console, f"Source records: {len(explanation.records)}", identity.records(explanation.records))
    if len(explanation.records) > 1:
        section(console, "Why they are one person", identity.links(explanation.edges))
    section(console, "Not joined", identity.refusals(explanation.refused))
    if explanation.decisions:
        section(console, "What people decided", identity.decisions(explanation.decisions))
    section(console, "History of the id", identity.history(explanation.events))
    section(console, "Profile, and where each value came from", profile.values(explanation))
    section(
        console, "How they looked before", history.over_time(explanation.history, explanation.memberships)
    )
    section(console, "Ways to reach them, and consents", consents.consents(explanation))
    if explanation.consent_ledger:
        section(console, "What was ever decided, with proof", consents.ledger(explanation.consent_ledger))
    show_facts(explanation, console)
    section(console, "Segments and activations", profile.audiences(explanation))


def as_json(explanation: Explanation | PastExplanation) -> str:
    """Return the explanation for programs, in ASCII: the names of its attributes, dates as ISO 8601."""
    return json.dumps(dataclasses.asdict(explanation), default=_iso, indent=2)


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
