"""What every reader yields: batches of records, then the counts that conservation is held to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.readers.columns import MatchedColumns


@dataclass(frozen=True)
class Batch:
    """Some records of a file, in their order.

    Attributes:
        records: `line` (BIGINT), then the layout's columns as text; one row per well-formed record.
        unparsed: `line`, `raw_record`, `rule`, `reason`; one row per record that could not be taken apart.
    """

    records: pa.Table
    unparsed: pa.Table


class FileReading(ABC):
    """One file, read once from front to back in bounded memory.

    Attributes:
        layout: by which it is read.
        label: its name in messages.
        columns: which header stands for which column; known as soon as the file is open.
        physical_records: records counted apart from the parser, without the header, blank ones included;
            complete when the batches are.
        blank_records: blank ones among them.
    """

    def __init__(self, layout: Layout, label: str) -> None:
        self.layout = layout
        self.label = label
        self.columns = MatchedColumns({}, [])
        self.physical_records = 0
        self.blank_records = 0

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """Yield the records; each reading yields them once.

        Raises:
            LandingFileError: the file cannot be read on; what was yielded must not be kept.
            ConservationError: the parser and the independent count disagree.
        """


def unparsed_table(
    lines: list[int], raw_records: list[str], rules: list[str], reasons: list[str]
) -> pa.Table:
    """Make the table of records that could not be taken apart."""
    return pa.table(
        {
            "line": pa.array(lines, pa.int64()),
            "raw_record": pa.array(raw_records, pa.string()),
            "rule": pa.array(rules, pa.string()),
            "reason": pa.array(reasons, pa.string()),
        }
    )
