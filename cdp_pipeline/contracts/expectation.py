"""Expectations as they stand in YAML beside what they guard."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any

from pydantic import Field

from cdp_pipeline.contracts.base import Contract


class Severity(StrEnum):
    """What a failed expectation does: critical quarantines or stops, warning reports."""

    CRITICAL = "critical"
    WARNING = "warning"


class ExpectationSpec(Contract):
    """One Great Expectations expectation: `{type, kwargs, severity}`.

    On a raw layout a critical row expectation sends failing rows to quarantine; on a canonical table
    it stops the night before anything is published.
    """

    type: str = Field(pattern=r"^expect_[a-z_]+$")
    kwargs: dict[str, Any] = {}
    severity: Severity = Severity.CRITICAL
    why: str | None = None

    @property
    def expectation_id(self) -> str:
        """Short name that stays the same while type and kwargs do; used as check name and rule name."""
        subject = self.kwargs.get("column") or "_".join(self.kwargs.get("column_list", ())) or "table"
        body = json.dumps({"type": self.type, "kwargs": self.kwargs}, sort_keys=True, default=str)
        digest = hashlib.sha256(body.encode()).hexdigest()[:6]
        return f"{subject}_{self.type.removeprefix('expect_').removeprefix('column_values_to_')}_{digest}"
