"""Which layouts can hold a refusal, laid out as rows for the SQL models."""

from __future__ import annotations

import pyarrow as pa

from cdp_pipeline.night import Night

TABLE = "golden.consent_layout"


def build_consent_layout(night: Night) -> None:
    """Write `golden.consent_layout`: one row per layout whose configuration says `carries_consent`."""
    names = sorted(name for name, layout in night.project.layouts.items() if layout.carries_consent)
    rows = pa.table({"layout": pa.array(names, pa.string())})
    with night.engine.arrow_view(rows) as view:
        night.engine.replace_table(TABLE, f"select layout from {view}")
