"""Survivorship: which of several values of one customer stands in the golden profile."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier


class SurvivorshipRule(StrEnum):
    """How candidates are ordered; the first survives. Ties end in the record key."""

    MOST_COMPLETE = "most_complete"  # fewest columns of the group empty or a lone initial
    MOST_RECENT = "most_recent"  # the record that its source changed last
    MOST_FREQUENT = "most_frequent"  # the spelling that most records of the customer share
    LONGEST = "longest"  # most characters: Johann before J.
    SOURCE_PRIORITY = "source_priority"  # the source named first in source_priority
    REACHABLE_FIRST = "reachable_first"  # contact points that neither bounced nor complained


class SurvivingColumns(Contract):
    """Columns that survive together from one candidate, and the rules that choose it, strongest first.

    Attributes:
        candidates: which golden model lists the candidates: `candidate_record`, `candidate_address`,
            `candidate_email` or `candidate_phone`.
        columns: survive as one: a street never meets another address's postcode.
        complete_columns: what `most_complete` counts; without it, all columns of the group.
        rules: the first decides, the next break its ties.
        why: the reason for this order.
    """

    candidates: Literal["record", "address", "email", "phone"]
    columns: list[Identifier] = Field(min_length=1)
    complete_columns: list[Identifier] = []
    rules: list[SurvivorshipRule] = Field(min_length=1)
    why: str

    @property
    def candidate_model(self) -> str:
        """Name of the model that lists the candidates."""
        return f"candidate_{self.candidates}"

    @property
    def counted_columns(self) -> list[str]:
        """The columns that make a candidate complete."""
        return self.complete_columns or self.columns

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        foreign = sorted(set(self.complete_columns) - set(self.columns))
        if foreign:
            raise ValueError(f"complete_columns names columns outside the group: {foreign}")
        if len(set(self.rules)) < len(self.rules):
            raise ValueError("a rule stands twice; the second could never decide")
        is_contact = self.candidates in {"email", "phone"}
        if SurvivorshipRule.REACHABLE_FIRST in self.rules and not is_contact:
            raise ValueError("reachable_first is for e-mail and phone candidates only")
        return self


class Survivorship(Contract):
    """`config/survivorship.yml`.

    Attributes:
        source_priority: sources by trust, the most trusted first; sources left out come last.
    """

    source_priority: list[Identifier] = Field(min_length=1)
    groups: list[SurvivingColumns] = Field(min_length=1)

    @property
    def columns(self) -> list[str]:
        """All columns that survivorship decides, in order."""
        return [column for group in self.groups for column in group.columns]

    @model_validator(mode="after")
    def _decides_each_column_once(self) -> Self:
        twice = sorted({column for column in self.columns if self.columns.count(column) > 1})
        if twice:
            raise ValueError(f"these columns are decided twice: {twice}")
        return self
