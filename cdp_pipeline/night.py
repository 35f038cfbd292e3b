"""One night: what every table builder is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine


def _ignore(_stage: str, _subject: str) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Night:
    """A run of the pipeline for one business date.

    Attributes:
        business_date: the UTC day that the night stands for; nights only go forward.
        run_id: names the run in ledgers and folders.
        report_progress: called with stage and subject when work on a table begins.
        accepts_fewer_rows: whether a person said that tables which shrank much may be published all the same.
        rebuilds_everything: whether a person asked to standardise and link all records anew, not only what changed.
    """

    engine: Engine
    project: Project
    business_date: date
    run_id: str
    report_progress: Callable[[str, str], None] = field(default=_ignore, compare=False)
    accepts_fewer_rows: bool = False
    rebuilds_everything: bool = False
