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

    CRITICAL = "critical"  # a delivered row goes to quarantine, a table of ours stops the night
    WARNING = "warning"  # counted and shown, nothing is held up


class ExpectationSpec(Contract):
    """One Great Expectations expectation: `{type, kwargs, severity}`.

    On a raw layout a critical row expectation sends failing rows to quarantine; on a canonical table
    it stops the night before anything is published.

    Attributes:
        type: name of the expectation; `cdp check` lists the supported ones when it meets another.
        kwargs: what the expectation takes, as in Great Expectations.
        severity: what a failure does.
        why: the reason, shown with every record that fails.
    """

    type: str = Field(pattern=r"^expect_[a-z_]+$")
    kwargs: dict[str, Any] = {}
    severity: Severity = Severity.CRITICAL
    why: str | None = None

    @property
    def other_table(self) -> str | None:
        """The table beside its own that it reads, as `schema.table`."""
        return self.kwargs.get("table")

    @property
    def expectation_id(self) -> str:
        """Name that stays the same while type and kwargs do; check name, rule name, key of results.

        `contact_id_not_be_null` where the column says all, with a short hash of the kwargs where not.
        """
        rule = self.type.removeprefix("expect_").removeprefix("column_values_to_")
        subject = self.kwargs.get("column") or "_".join(self.kwargs.get("column_list", ())) or "table"
        others = {name: value for name, value in self.kwargs.items() if name != "column"}
        if not others:
            return f"{subject}_{rule}"
        digest = hashlib.sha256(json.dumps(others, sort_keys=True, default=str).encode()).hexdigest()[:6]
        return f"{subject}_{rule}_{digest}"
