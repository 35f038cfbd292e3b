"""One reader per kind of file. All yield the same: columns by name, text as delivered, each record's line."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.readers.delimited import DelimitedReading
from cdp_pipeline.extract.readers.reading import Batch, FileReading

__all__ = ["Batch", "FileReading", "open_reading"]


def open_reading(file: Path, layout: Layout, label: str) -> FileReading:
    """Open a file on local disk by the reader of its kind.

    Args:
        layout: the layout as the file's source writes it (`Project.reading`).
        label: the file's name in the landing folder, for messages.

    Raises:
        LandingFileError: the file cannot be read as its layout says.
    """
    return DelimitedReading(file, layout, label)
