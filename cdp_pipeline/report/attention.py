"""What of a night deserves a look, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdp_pipeline.report.facts import NightFacts
from cdp_pipeline.report.facts.small_counts import shown


@dataclass(frozen=True)
class Notice:
    """One sentence, and the part of the page that tells more."""

    text: str
    part: str


def worth_a_look(facts: NightFacts) -> list[Notice]:
    """Collect what a person should know before reading on, the most urgent first."""
    return [
        *(Notice(text, "deliveries") for text in _of_deliveries(facts)),
        *(Notice(text, "activations") for text in _of_activations(facts)),
        *(Notice(text, "quality") for text in _of_quality(facts)),
        *(Notice(text, "segments") for text in _of_segments(facts)),
    ]


def _of_deliveries(facts: NightFacts) -> Iterator[str]:
    deliveries = facts.deliveries
    if deliveries is None:
        return
    for title in deliveries.silent_sources:
        yield f"Nothing new came from {title}."
    if deliveries.unrecognised_files:
        yield f"Not read, since no source takes it: {_count(deliveries.unrecognised_files, 'file')} that came."
    if deliveries.quarantined:
        yield f"Set aside in quarantine: {_count(deliveries.quarantined, 'record')} of {deliveries.delivered:,}."


def _of_activations(facts: NightFacts) -> Iterator[str]:
    for file in facts.activations.files if facts.activations else []:
        if file.people == 0:
            yield f"Nobody is in the file “{file.title}”."
        elif file.is_below_minimum:
            yield (
                f"{shown(file.people)} people are in the file “{file.title}”; "
                f"{file.destination} takes {file.minimum_people:,} or more."
            )


def _of_quality(facts: NightFacts) -> Iterator[str]:
    unmet = len(facts.quality.unmet) if facts.quality else 0
    if unmet:
        yield (
            f"Not met: {_count(unmet, 'expectation')} of the data. "
            "Records that break a critical one are in quarantine; the others warn."
        )


def _of_segments(facts: NightFacts) -> Iterator[str]:
    segments = facts.segments
    if segments is None:
        return
    for row in segments.tonight:
        if row.members == 0:
            yield f"Nobody belongs to the segment “{segments.titles[row.segment]}”."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
