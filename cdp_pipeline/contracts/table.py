"""The contract of a table: grain, key, columns with type, meaning and sensitivity."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.expectation import Expectations

DATA_ENGINEERING = "team:data_engineering"
"""Owner of the tables that the pipeline itself keeps."""


class Sensitivity(StrEnum):
    """How close a column comes to a person."""

    NONE = "none"  # says nothing about who it is
    PSEUDONYM = "pseudonym"  # a key that stands for one person: a customer id, a record id
    QUASI = "quasi"  # narrows down to few people: a birth date, a postcode
    DIRECT = "direct"  # names or reaches a person: a name, an e-mail address, a phone number


class AnalystForm(StrEnum):
    """The form in which a column may enter the pseudonymised file for analysts."""

    KEEP = "keep"  # as it is
    DROP = "drop"  # left out
    REKEY = "rekey"  # replaced by a keyed hash, equal for equal values, of no use outside the file
    DECADE = "decade"  # a date becomes the first day of its ten years
    PREFIX_2 = "prefix_2"  # a postcode becomes its first two characters


PERSON_COLUMNS = ("customer_id", "cookie_id", "source_record_id")
"""Columns that stand for a person, the surest first: by them it is counted how many people share a value."""

DEFAULT_ANALYST_FORM = {
    Sensitivity.NONE: AnalystForm.KEEP,
    Sensitivity.PSEUDONYM: AnalystForm.REKEY,
    Sensitivity.QUASI: AnalystForm.DROP,
    Sensitivity.DIRECT: AnalystForm.DROP,
}


class ColumnContract(Contract):
    """One column: DuckDB type, meaning, sensitivity, and its form in the analysts' file.

    Attributes:
        name: as in the model's final select.
        type: DuckDB's name of the type; the built table is compared with it.
        description: what it means, with unit and time zone.
        sensitivity: how close the column comes to a person.
        analyst: its form in `analyst.duckdb`. Without it the sensitivity decides: `none` is kept, `pseudonym`
            gets another key, `quasi` and `direct` are left out; `direct` can't be anything else.
    """

    name: Identifier
    type: str
    description: str
    sensitivity: Sensitivity = Sensitivity.NONE
    analyst: AnalystForm | None = None

    @property
    def analyst_form(self) -> AnalystForm:
        """Declared form, or the safe default of the column's sensitivity."""
        return self.analyst or DEFAULT_ANALYST_FORM[self.sensitivity]

    @property
    def is_hidden_where_rare(self) -> bool:
        """Whether analysts get only those of its values that enough people share."""
        return self.sensitivity is Sensitivity.QUASI and self.analyst_form is not AnalystForm.DROP

    @model_validator(mode="after")
    def _never_publish_direct_identifiers(self) -> Self:
        if self.sensitivity is Sensitivity.DIRECT and self.analyst_form is not AnalystForm.DROP:
            raise ValueError(f"column {self.name} names a person and can only be dropped for analysts")
        return self


class TableContract(Contract):
    """The `.yml` beside a model: what the table means and what must hold of it.

    `takes` lists the columns, with types, that the parts of a canonical table deliver: one part per
    layout, which the table unites with `parts()`. `python` names the function `module:function` that
    builds the table where SQL cannot do it well, `compiled_by` the one that writes its SQL from the
    configuration; its upstream tables then stand in `depends_on`, and what it reads of `config/` (files
    or folders) in `configured_by`.

    Attributes:
        model: the file's name without `.yml`, and the table's.
        description: what the table is.
        grain: what one row is.
        owner: team or address that answers for the table.
        key: columns that name a row; complete and unique, else the night stops.
        kind: a view stores no rows and is built with the table that reads it.
        takes: columns and types that the parts of a canonical table deliver.
        python: function that builds the table, where SQL can't do it well.
        compiled_by: function that writes the table's SQL from the configuration; given the project, and a function
            that says what stands in the SQL for a table's full name.
        depends_on: tables that a Python-built or compiled table reads.
        configured_by: files or folders of `config/` that a Python-built or compiled table reads.
        built_with: Python packages whose version decides what the rows are.
        incremental_by: columns by which the table is brought up to date: only the rows of keys whose input changed
            are computed again. Every table with these columns that the SQL reads counts as input of the same key;
            tables without them are compared as a whole. The SQL must not look from one key at another, must return
            the key unchanged, and reads each table under a name.
        ranking_columns: columns of the input that only tell which of several rows of a key counts: where a key has one
            row, they may differ from night to night.
        follows_from_key: whether a row follows from its key, the seeds and the definition alone, so that rows which
            come or go change no other table's rows.
        publish: databases of the published night that the table enters; none keeps it in the working file.
        counts_people: column that says how many people a row stands for, in a table of groups: analysts get no row
            of fewer than `publish.smallest_group`.
    """

    model: Identifier
    description: str
    grain: str
    owner: str = Field(pattern=r"^(team:[a-z_]+|[^@\s]+@[^@\s]+)$")
    key: list[Identifier] = []
    kind: Literal["full", "view"] = "full"
    takes: dict[Identifier, str] = {}
    python: str | None = Field(default=None, pattern=r"^[\w.]+:\w+$")
    compiled_by: str | None = Field(default=None, pattern=r"^[\w.]+:\w+$")
    depends_on: list[str] = []
    configured_by: list[str] = []
    built_with: list[str] = []
    incremental_by: list[Identifier] = []
    ranking_columns: list[Identifier] = []
    follows_from_key: bool = False
    publish: list[Literal["identified", "analyst"]] = []
    counts_people: Identifier | None = None
    columns: list[ColumnContract] = Field(min_length=1)
    expectations: Expectations = []

    @property
    def column_names(self) -> list[str]:
        """Names in the order of the table."""
        return [column.name for column in self.columns]

    @property
    def column_definitions(self) -> str:
        """Names and types as `create table` takes them."""
        return ", ".join(f"{column.name} {column.type}" for column in self.columns)

    @property
    def person_column(self) -> str | None:
        """The column that stands for a person; None where no row is about one."""
        return next((name for name in PERSON_COLUMNS if name in self.column_names), None)

    def column(self, name: str) -> ColumnContract:
        """Return one column's contract.

        Raises:
            KeyError: the table has no such column.
        """
        return {column.name: column for column in self.columns}[name]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for name, columns in (("key", self.key), ("incremental_by", self.incremental_by)):
            unknown = set(columns) - set(self.column_names)
            if unknown:
                raise ValueError(f"{name} names columns that the table does not have: {sorted(unknown)}")
        if self.python and self.compiled_by:
            raise ValueError("python builds a table, compiled_by writes its SQL: name one of them")
        if self.incremental_by and (self.python or self.kind == "view"):
            raise ValueError("incremental_by is for tables that SQL builds")
        if self.counts_people and self.counts_people not in self.column_names:
            raise ValueError(f"counts_people names no column of the table: {self.counts_people}")
        rare = [column.name for column in self.columns if column.is_hidden_where_rare]
        if "analyst" in self.publish and rare and not self.person_column and not self.counts_people:
            raise ValueError(
                f"column {rare[0]} narrows down to few people, and nothing says how many share a value: analysts get "
                f"it only in a table with one of {', '.join(PERSON_COLUMNS)}, or with counts_people"
            )
        if self.depends_on and not (self.python or self.compiled_by):
            raise ValueError("depends_on is for python models; SQL declares with ref() and source()")
        return self
