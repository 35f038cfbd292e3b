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
    VERIFIED_FIRST = "verified_first"  # contact points that their owner confirmed, or a source of verified_by


class IgnoreEmpty(StrEnum):
    """What becomes of empty values when candidates are compared."""

    CANDIDATE = (
        "candidate"  # a candidate without any value is none; the survivor stands as it is, gaps and all
    )
    COLUMN = "column"  # besides, an empty column of the survivor is filled by the next candidate that has it
    NEVER = "never"  # empty is a value: a record that wins with nothing empties the profile


class SurvivingColumns(Contract):
    """Columns that survive together from one candidate, and the rules that choose it, strongest first.

    Attributes:
        candidates: which golden model lists the candidates: `candidate_record`, `candidate_address`,
            `candidate_email` or `candidate_phone`.
        columns: survive as one: a street never meets another address's postcode.
        complete_columns: what `most_complete` counts; without it, all columns of the group.
        rules: the first decides, the next break its ties.
        ignore_empty: `candidate`, unless columns of several candidates may be mixed (`column`), or a record that
            says nothing may win (`never`, for record candidates).
        verified_by: for `verified_first`, sources all of whose contact points are verified, such as a shop that
            sends a code before it opens an account.
        why: the reason for this order.
    """

    candidates: Literal["record", "address", "email", "phone"]
    columns: list[Identifier] = Field(min_length=1)
    complete_columns: list[Identifier] = []
    rules: list[SurvivorshipRule] = Field(min_length=1)
    ignore_empty: IgnoreEmpty = IgnoreEmpty.CANDIDATE
    verified_by: list[Identifier] = []
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
        if self.candidates not in {"email", "phone"}:
            of_contacts = {SurvivorshipRule.REACHABLE_FIRST, SurvivorshipRule.VERIFIED_FIRST}
            for rule in sorted(of_contacts.intersection(self.rules)):
                raise ValueError(f"{rule} is for e-mail and phone candidates only")
        if self.verified_by and SurvivorshipRule.VERIFIED_FIRST not in self.rules:
            raise ValueError("verified_by says nothing without the rule verified_first")
        return self

    @model_validator(mode="after")
    def _ignores_what_can_be_empty(self) -> Self:
        if self.ignore_empty is IgnoreEmpty.NEVER and self.candidates != "record":
            raise ValueError(
                f"ignore_empty: never is for record candidates; {self.candidates} candidates are never empty"
            )
        if self.ignore_empty is IgnoreEmpty.COLUMN and len(self.columns) == 1:
            raise ValueError("ignore_empty: column is for groups of several columns; leave it out")
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
