"""One table of the pipeline: its contract, how it is built and what it reads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.night import Night
from cdp_pipeline.stages import Stage

BuildTable = Callable[[Night], None]

WrittenAs = Callable[[str], str]
"""Says what stands in the SQL for a table, given its full name."""

CompileSql = Callable[[Project, WrittenAs], str]
"""Writes the SQL of a table from the configuration."""


@dataclass(frozen=True)
class Increment:
    """How a table is brought up to date where its input changed.

    Attributes:
        key: columns that tie a row to the rows that it is computed from.
        sql: the model's query over the rows of changed keys.
        ranking_columns: columns of the input that matter only where a key has several rows.
        inputs: tables and views that have the key's columns.
        lookups: tables without them; when one differs, all rows are computed again.
        definition: SHA-256 of everything else that a row follows from: SQL, views, seeds.
    """

    key: tuple[str, ...]
    ranking_columns: tuple[str, ...]
    sql: str
    inputs: tuple[str, ...]
    lookups: tuple[str, ...]
    definition: str


@dataclass(frozen=True)
class Model:
    """One table or view; exactly one of `sql`, `compile`, `seed` and `python` says how it is built.

    Attributes:
        upstream: full names (`schema.table`) of what it reads.
        origin: the file that defines it, for errors and documentation.
        fingerprint: SHA-256 of what defines the table; changes when its content may.
        increment: how SQL brings the table up to date; None where it is always built whole.
    """

    stage: Stage
    contract: TableContract
    upstream: tuple[str, ...]
    origin: Path
    fingerprint: str
    sql: str | None = None
    compile: CompileSql | None = field(default=None, compare=False)
    increment: Increment | None = None
    seed: Path | None = None
    python: BuildTable | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """Name without schema."""
        return self.contract.model

    @property
    def is_view(self) -> bool:
        """Whether it stores no rows: parts are views, built together with the table that reads them."""
        return self.contract.kind == "view"

    @property
    def full_name(self) -> str:
        """`schema.table`."""
        return f"{self.stage}.{self.name}"


def fingerprint_of(*parts: str) -> str:
    """SHA-256 over the texts that define a model."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def python_model(
    stage: Stage, contract: TableContract, build: BuildTable, upstream: tuple[str, ...], origin: Path
) -> Model:
    """Make a model of a function, for tables that a stage generates instead of keeping a file for each."""
    return Model(stage, contract, upstream, origin, fingerprint_of(contract.model_dump_json()), python=build)
