"""The numbers of a night of which a test knows some: nothing else happened."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cdp_pipeline.nightly.summary import NightSummary
from cdp_pipeline.publish.manifest import Manifest

MAY_4 = date(2026, 5, 4)


def night_summary(business_date: date = MAY_4, **known: Any) -> NightSummary:
    """A night without records, files or people but for what is known."""
    manifest = Manifest(
        project="club",
        business_date=business_date,
        run_id="run1",
        published_at=datetime(2026, 5, 4, tzinfo=UTC),
        project_fingerprint="x",
        inputs=[],
        files=[],
    )
    nothing: dict[str, Any] = {
        "sources": [],
        "states": [],
        "quarantine": [],
        "taken_in": [],
        "delivered_again": [],
        "taken_twice": [],
        "unrecognised": [],
        "silent_sources": [],
        "source_records": 0,
        "people": 0,
        "profiles": 0,
        "conflicting_decisions": [],
        "segments": [],
        "exclusions": [],
        "too_small": {},
    }
    return NightSummary(manifest=manifest, folder=Path("night"), **{**nothing, **known})
