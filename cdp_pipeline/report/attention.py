"""What of a night deserves a look, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdp_pipeline.plural import counted
from cdp_pipeline.report.facts import NightFacts
from cdp_pipeline.report.held_back import held_back

SHOWN_NAMES = 8


@dataclass(frozen=True)
class Notice:
    """One sentence, and the part of the page that tells more."""

    text: str
    part: str


def worth_a_look(facts: NightFacts) -> list[Notice]:
    """Collect what a person should know before reading on, the most urgent first."""
    return [
        *(
            Notice("This part of the page could not be made; the log says why.", part)
            for part in facts.failed
        ),
        *(Notice(text, "deliveries") for text in _of_deliveries(facts)),
        *(Notice(text, "activations") for text in _of_activations(facts)),
        *(Notice(text, "quality") for text in _of_quality(facts)),
        *(Notice(text, "segments") for text in _of_segments(facts)),
        *(Notice(text, "consent") for text in facts.reminders),
    ]


def calm(facts: NightFacts) -> str:
    """Say that nothing deserves a look, and by which of the parts that are there this is known."""
    known = []
    if facts.deliveries:
        known += ["every source delivered", "no record was set aside"]
    if facts.quality:
        known.append("all expectations are met")
    return f"Nothing stands out{': ' if known else ''}{_listed(known)}."


def _of_deliveries(facts: NightFacts) -> Iterator[str]:
    deliveries = facts.deliveries
    if deliveries is None:
        return
    for state in deliveries.blocked_sources:
        good = f"its last good data, of {state.last_good_on}" if state.last_good_on else "nothing of it yet"
        yield f"Blocked: {state.title}. The night goes on with {good}. {state.reasons}"
    for state in deliveries.states:
        if not state.is_blocked:
            yield f"{state.title}: {state.reasons}"
    for taken in deliveries.taken_in:
        yield f"{taken.title}: {taken.in_words}."
    told = {state.title for state in deliveries.states} | {taken.title for taken in deliveries.taken_in}
    if silent := [title for title in deliveries.silent_sources if title not in told]:
        yield _of_all("Nothing new came from", silent, len(deliveries.source_titles), "source")
    if deliveries.unrecognised_files:
        yield f"Not read, since no source takes it: {counted(deliveries.unrecognised_files, 'file')} that came."
    if deliveries.quarantined:
        yield f"Set aside in quarantine: {counted(deliveries.quarantined, 'record')} of {deliveries.delivered:,}."


def _of_activations(facts: NightFacts) -> Iterator[str]:
    files = facts.activations.files if facts.activations else []
    for why in facts.held_back:
        yield held_back(why)
    if empty := [f"“{file.title}”" for file in files if file.people == 0]:
        yield _of_all("Nobody is in", empty, len(files), "file", "the file")
    short = [file for file in files if file.is_below_minimum and file.people]
    if len(short) == 1:
        [file] = short
        yield (
            f"{file.shown_people.text.capitalize()} people are in the file “{file.title}”; "
            f"{file.destination} takes {file.minimum_people:,} or more."
        )
    elif short:
        named = (f"“{f.title}” ({f.shown_people.text} of {f.minimum_people:,})" for f in short)
        yield f"Fewer people than the platform takes are in {len(short)} of {len(files)} files: {', '.join(named)}."


def _of_quality(facts: NightFacts) -> Iterator[str]:
    unmet = len(facts.quality.unmet) if facts.quality else 0
    if unmet:
        yield (
            f"Not met: {counted(unmet, 'expectation')} of the data. "
            "Records that break a critical one are in quarantine; the others warn."
        )


def _of_segments(facts: NightFacts) -> Iterator[str]:
    segments = facts.segments
    if segments is None:
        return
    if empty := [f"“{segments.titles[row.segment]}”" for row in segments.tonight if row.members == 0]:
        if len(empty) == len(segments.tonight) > 1:
            yield f"Nobody belongs to any of the {len(empty)} segments."
            return
        yield _of_all("Nobody belongs to", empty, len(segments.tonight), "segment", "the segment")


def _of_all(verb: str, names: Sequence[str], whole: int, noun: str, one: str = "") -> str:
    """Say the same of several things in one sentence: `Nobody is in 2 of 8 files: …`."""
    if len(names) == 1:
        return f"{verb} {one} {names[0]}.".replace("  ", " ")
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return f"{verb} {len(names)} of {counted(whole, noun)}: {', '.join(names[:SHOWN_NAMES])}{more}."


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
