"""One reader per kind of file. All yield the same: columns by name, text as delivered, each record's line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers.delimited import DelimitedReading
from cdp_pipeline.extract.readers.json_lines import JsonLinesReading
from cdp_pipeline.extract.readers.kinds import FileKind, kind_of
from cdp_pipeline.extract.readers.parquet import ParquetReading
from cdp_pipeline.extract.readers.reading import Batch, FileReading
from cdp_pipeline.extract.readers.workbook import WorkbookReading

__all__ = ["Batch", "FileKind", "FileReading", "kind_of", "library_errors_in_words", "open_reading"]

READERS: dict[FileKind, Callable[[Path, Layout, str], FileReading]] = {
    FileKind.DELIMITED: DelimitedReading,
    FileKind.JSON_LINES: JsonLinesReading,
    FileKind.PARQUET: ParquetReading,
    FileKind.WORKBOOK: WorkbookReading,
}


def open_reading(file: Path, layout: Layout, label: str) -> FileReading:
    """Open a file on local disk by the reader of its kind, whatever its name.

    Args:
        layout: the layout as the file's source writes it (`Project.reading`).
        label: the file's name in the landing folder, for messages.

    Raises:
        LandingFileError: the file cannot be read as its layout says, or is of a kind without a reader.
    """
    return READERS[kind_of(file, label)](file, layout, label)


@contextmanager
def library_errors_in_words(label: str) -> Iterator[None]:
    """Refuse a file on which a parser stumbles in a way that its reader does not foresee.

    Only the kind of error is told: a library's message may quote values.

    Raises:
        LandingFileError: the file is likely damaged.
    """
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
        raise LandingFileError(
            f"{label}: cannot be read ({type(error).__name__}), so it is likely damaged. Ask for a new export."
        ) from None
