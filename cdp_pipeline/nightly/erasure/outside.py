"""The steps of an erasure outside the working file, each of which may be done again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cdp_pipeline.control.forgetting import forget_people
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.extract.rewritten_files import read_rewritten
from cdp_pipeline.nightly.erasure.landing_files import erase_from_landing
from cdp_pipeline.nightly.erasure.published_nights import erase_from_nights
from cdp_pipeline.nightly.erasure.sweep import places_of, telling_values
from cdp_pipeline.privacy.handles import CONTACT, RECORD

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.nightly.erasure.journal import ErasureJournal


def from_landing_files(project: Project, journal: ErasureJournal) -> dict[str, int]:
    """Rewrite delivered files; returns records taken out by path, and keeps what could not be rewritten as a fact."""
    done = erase_from_landing(project, journal.handles)
    facts = [
        {"path": entry.path, "sha256_before": entry.before, "sha256_after": entry.after}
        for entry in done.rewritten
    ]
    journal.facts.setdefault("files", []).extend(facts)
    journal.facts["not_rewritten"] = done.failures
    known = read_rewritten(project)
    return {
        entry.path: len({*entry.lines} - known.lacks(entry.path, entry.before)) for entry in done.rewritten
    }


def from_published_nights(project: Project, journal: ErasureJournal) -> dict[str, int]:
    """Replace published nights; returns rows and lines that went, by the night's date and the place in its folder."""
    counts: Counter[str] = Counter()
    for night in erase_from_nights(project, journal.handles, journal.erasure_id):
        for place, count in {**night.rows, **night.lines}.items():
            counts[f"{night.before[:10]} {place}"] += count
        journal.facts.setdefault("nights", []).append({"before": night.before, "after": night.after})
        journal.facts.setdefault("files", []).extend(
            {"path": f"{night.after}/{path}", "sha256_before": before, "sha256_after": after}
            for path, (before, after) in night.files.items()
        )
    return dict(counts)


def from_control_database(project: Project, journal: ErasureJournal) -> dict[str, int]:
    """Delete decisions and corrections that name the people's records; returns the rows by table."""
    handles = journal.handles
    records = [RecordKey(one.source_system, one.name, one.value) for one in handles.of_kind(RECORD)]
    values = [one.value for one in handles.of_kind(CONTACT)]
    return forget_people(project, handles.customer_ids, records, values)


def look_for_remains(project: Project, journal: ErasureJournal) -> dict[str, int]:
    """Search every file of the project for the people; nothing goes, and what is left is kept as a fact."""
    own = f"{(project.warehouse / 'erasure').relative_to(project.root).as_posix()}/"  # goes at the end
    found = places_of(project, telling_values(journal.handles))
    journal.facts["left"] = {place: count for place, count in found.items() if not place.startswith(own)}
    return {}
