"""Expectations as they stand in YAML beside what they guard."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from cdp_pipeline.contracts.base import Contract
from cdp_pipeline.contracts.rule_name import rule_name


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
        name: of the rule, where the one that type and column make (`status_is_unknown`) does not say enough.
        expected: what a value is, with an example, for people who cannot read a pattern: `three capital letters,
            such as EUR`.
        why: the reason, shown with every record that fails.
    """

    type: str = Field(pattern=r"^expect_[a-z_]+$")
    kwargs: dict[str, Any] = {}
    severity: Severity = Severity.CRITICAL
    name: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    expected: str | None = None
    why: str | None = None

    @property
    def other_table(self) -> str | None:
        """The table beside its own that it reads, as `schema.table`."""
        return self.kwargs.get("table")

    @property
    def expectation_id(self) -> str:
        """The rule's name: what people see and type, name of its check, key of results and decisions."""
        return self.name or rule_name(self.type, self.kwargs)

    @property
    def demand(self) -> str:
        """What is demanded, whatever it is called and whatever follows: equal for the same expectation."""
        return json.dumps([self.type, self.kwargs], sort_keys=True, default=str)

    @property
    def demand_hash(self) -> str:
        """Short hash of what is demanded, which decisions rest on: names are for people, and may change."""
        return hashlib.sha256(self.demand.encode()).hexdigest()[:16]


def distinctly_named(expectations: Iterable[ExpectationSpec]) -> list[ExpectationSpec]:
    """Tell rules of one name apart by a short hash of what each demands; others keep their plain name."""
    specs = list(expectations)
    demands: dict[str, set[str]] = {}
    for spec in specs:
        demands.setdefault(spec.expectation_id, set()).add(spec.demand)
    return [
        spec.model_copy(update={"name": f"{spec.expectation_id}_{spec.demand_hash[:4]}"})
        if len(demands[spec.expectation_id]) > 1
        else spec
        for spec in specs
    ]


Expectations = Annotated[list[ExpectationSpec], AfterValidator(distinctly_named)]
"""What a layout or table declares, each rule with a name of its own."""
