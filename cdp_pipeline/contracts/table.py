"""The contract of a table: grain, key, columns with type, meaning and sensitivity."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.expectation import ExpectationSpec


class Sensitivity(StrEnum):
    """How close a column comes to a person."""

    NONE = "none"
    PSEUDONYM = "pseudonym"  # a key that stands for one person: a customer id, a record id
    QUASI = "quasi"  # narrows down to few people: a birth date, a postcode
    DIRECT = "direct"  # names or reaches a person: a name, an e-mail address, a phone number


class AnalystForm(StrEnum):
    """The form in which a column may enter the pseudonymised file for analysts."""

    KEEP = "keep"
    DROP = "drop"
    REKEY = "rekey"  # replaced by a keyed hash, equal for equal values, of no use outside the file
    YEAR = "year"  # a date becomes the first day of its year
    PREFIX_2 = "prefix_2"  # a postcode becomes its first two characters


DEFAULT_ANALYST_FORM = {
    Sensitivity.NONE: AnalystForm.KEEP,
    Sensitivity.PSEUDONYM: AnalystForm.REKEY,
    Sensitivity.QUASI: AnalystForm.DROP,
    Sensitivity.DIRECT: AnalystForm.DROP,
}


class ColumnContract(Contract):
    """One column: DuckDB type, meaning, sensitivity, and its form in the analysts' file."""

    name: Identifier
    type: str
    description: str
    sensitivity: Sensitivity = Sensitivity.NONE
    analyst: AnalystForm | None = None

    @property
    def analyst_form(self) -> AnalystForm:
        """Declared form, or the safe default of the column's sensitivity."""
        return self.analyst or DEFAULT_ANALYST_FORM[self.sensitivity]

    @model_validator(mode="after")
    def _never_publish_direct_identifiers(self) -> Self:
        if self.sensitivity is Sensitivity.DIRECT and self.analyst_form is not AnalystForm.DROP:
            raise ValueError(f"column {self.name} names a person and can only be dropped for analysts")
        return self


class TableContract(Contract):
    """The `.yml` beside a model: what the table means and what must hold of it.

    `takes` lists the columns, with types, that the parts of a canonical table deliver: one part per
    layout, which the table unites with `parts()`. `python` names the function `module:function` that
    builds the table where SQL cannot do it well; its upstream tables then stand in `depends_on`, and
    what it reads of `config/` (files or folders) in `configured_by`.
    """

    model: Identifier
    description: str
    grain: str
    owner: str = Field(pattern=r"^(team:[a-z_]+|[^@\s]+@[^@\s]+)$")
    key: list[Identifier] = []
    kind: Literal["full", "view"] = "full"
    takes: dict[Identifier, str] = {}
    python: str | None = Field(default=None, pattern=r"^[\w.]+:\w+$")
    depends_on: list[str] = []
    configured_by: list[str] = []
    publish: list[Literal["identified", "analyst"]] = []
    columns: list[ColumnContract] = Field(min_length=1)
    expectations: list[ExpectationSpec] = []

    @property
    def column_names(self) -> list[str]:
        """Names in the order of the table."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> ColumnContract:
        """Return one column's contract.

        Raises:
            KeyError: the table has no such column.
        """
        return {column.name: column for column in self.columns}[name]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        unknown = set(self.key) - set(self.column_names)
        if unknown:
            raise ValueError(f"key names columns that the table does not have: {sorted(unknown)}")
        if self.depends_on and not self.python:
            raise ValueError("depends_on is for python models; SQL declares with ref() and source()")
        return self
