"""Reading JSON Lines: one object per line, its keys as headers, numbers with the digits that they were written with.

Python's json parses, line by line: pyarrow and DuckDB are faster, but both read 1.10 as the number 1.1, and neither
hands over a broken line with its number. Parsed rows leave as Arrow columns, batch by batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout, LayoutColumn
from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.readers.columns import find_columns, match_columns, spellings
from cdp_pipeline.extract.readers.decoding import SAMPLE_BYTES, wide_encoding
from cdp_pipeline.extract.readers.plain_text import POINT, is_number, mark_of, plain_number
from cdp_pipeline.extract.readers.reading import Batch, FileReading, unparsed_table

INVALID_RULE = "invalid_json"
BATCH_BYTES = 16 * 2**20
MAX_LINE_BYTES = 64 * 2**20
"""A longer line is a whole JSON document, and would have to be held in memory."""
MAX_KEYS = 2_000
"""With more, keys are data (ids, addresses), and would end in the ledger as names of unknown columns."""
UTF8_MARK = b"\xef\xbb\xbf"


class JsonLinesReading(FileReading):
    """A JSON Lines file.

    The file is read twice: first for its keys, since every line may bring new ones, then for its records.

    Raises:
        LandingFileError: not one object per line, not UTF-8, a required key stands nowhere, a line names a column
            twice, or keys are data.
    """

    def __init__(self, file: Path, layout: Layout, label: str) -> None:
        super().__init__(layout, label)
        self._file = file
        if not file.stat().st_size:
            raise LandingFileError(f"{label}: the file is empty: not even one line. Ask for a new export.")
        _refuse_wide_encoding(file, label)
        keys, self.blank_records = _scan_keys(file, layout, label)
        # Lines may name a column differently from one another: its first key stands for it in the header.
        found = {name: [key for key in keys if key in spellings(c)] for name, c in layout.columns.items()}
        self._keys_of = {name: named for name, named in found.items() if named}
        further = {key for named in self._keys_of.values() for key in named[1:]}
        self.physical_records = _count_lines(file)
        if (
            self.physical_records > self.blank_records
        ):  # else its last record was taken out, and no key is left
            self.columns = match_columns([key for key in keys if key not in further], layout, label)

    def batches(self) -> Iterator[Batch]:
        """Yield records in batches of about as many bytes."""
        taken_apart = 0
        for numbered_lines in _batches_of_lines(self._file, self.label):
            batch = self._batch(numbered_lines)
            taken_apart += batch.records.num_rows + batch.unparsed.num_rows
            yield batch
        counted = self.physical_records - self.blank_records
        if taken_apart != counted:
            raise ConservationError(
                f"{self.label}: {counted} lines counted, but {taken_apart} read. The file is not loaded. "
                "Ask for a new export with LF line ends."
            )

    def _batch(self, numbered_lines: list[tuple[int, bytes]]) -> Batch:
        rows = _Rows()
        for line, raw in numbered_lines:
            rows.add(line, raw)
        columns = {
            name: rows.column(self._keys_of[name], column, self.layout)
            if name in self._keys_of
            else pa.nulls(len(rows.lines), pa.string())
            for name, column in self.layout.columns.items()
        }
        lines = pa.array(rows.lines, pa.int64())
        unparsed = unparsed_table(
            rows.broken_lines, rows.broken, [INVALID_RULE] * len(rows.broken), rows.reasons
        )
        return Batch(pa.table({"line": lines, **columns}), unparsed)


@dataclass
class _Rows:
    """Lines taken apart so far, broken ones aside."""

    lines: list[int] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    broken_lines: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, line: int, raw: bytes) -> None:
        try:
            record = parse_line(raw)
        except _BrokenLineError as error:
            self.broken_lines.append(line)
            self.broken.append(raw.decode(errors="backslashreplace"))
            self.reasons.append(str(error))
        else:
            self.lines.append(line)
            self.records.append(record)

    def column(self, keys: list[str], column: LayoutColumn, layout: Layout) -> pa.Array:
        values = [record.get(keys[0]) for record in self.records]
        for key in keys[1:]:  # no record has two of them
            values = [
                record.get(key) if value is None else value
                for value, record in zip(values, self.records, strict=True)
            ]
        if is_number(column):
            mark = mark_of(column, layout)
            values = [_in_full(value, mark) if value.__class__ is _Number else value for value in values]
        texts = [value if value is None or value.__class__ is str else _as_text(value) for value in values]
        return pa.array(texts, pa.string())


class _BrokenLineError(Exception):
    """Why a line is no record, without its values."""


class _Number(str):
    """A number as written: in an array or object without quotes, in a number column by the layout's mark."""

    __slots__ = ()


def parse_line(raw: bytes) -> dict[str, Any]:
    """Return the object of a line, numbers as text.

    Raises:
        _BrokenLineError: says what is wrong with it.
    """
    try:
        record = _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        raise _BrokenLineError("the line is not valid UTF-8") from None
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at").removesuffix(" starting")  # of "Unterminated string starting at"
        raise _BrokenLineError(f"{what} at character {error.pos + 1}") from None
    except RecursionError:
        raise _BrokenLineError("objects are nested too deeply") from None
    if not isinstance(record, dict):
        raise _BrokenLineError("the line holds no object")
    if b"\\u" in raw:
        _refuse_half_characters(record)
    return record


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _BrokenLineError("a key stands twice in one object")
    return record


def _refuse_constant(name: str) -> NoReturn:
    raise _BrokenLineError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys, parse_float=_Number, parse_int=_Number, parse_constant=_refuse_constant
)


def _refuse_half_characters(record: dict[str, Any]) -> None:
    """Refuse escapes of half a character and of NUL: no text of a table may hold them."""
    text = json.dumps(record, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _BrokenLineError("an escape stands for half a character") from None
    if "\\u0000" in text.replace("\\\\", ""):  # a backslash of the text itself is doubled
        raise _BrokenLineError("it holds a NUL character")


def _in_full(number: str, mark: str) -> str:
    return plain_number(number).replace(POINT, mark)


def _as_text(value: Any) -> str:
    """Return a value as delivered: text and numbers as they are, objects and arrays as compact JSON."""
    if isinstance(value, str):
        return value
    return _compact(value)


def _compact(value: Any) -> str:
    match value:
        case _Number():
            return value
        case bool():
            return "true" if value else "false"
        case dict():
            members = (
                f"{json.dumps(key, ensure_ascii=False)}:{_compact(item)}" for key, item in value.items()
            )
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(_compact(item) for item in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _refuse_wide_encoding(file: Path, label: str) -> None:
    with file.open("rb") as stream:
        found = wide_encoding(stream.read(SAMPLE_BYTES))
    if found:
        raise LandingFileError(f"{label}: is {found}, and JSON Lines are UTF-8. Save it as UTF-8.")


def _scan_keys(file: Path, layout: Layout, label: str) -> tuple[list[str], int]:
    """Return the keys of all records in the order of their appearance, and the number of blank lines."""
    keys: dict[str, None] = {}
    several = {key: name for name, c in layout.columns.items() if c.aliases for key in spellings(c)}
    blank_records = 0
    with file.open("rb") as stream:
        for line, raw in _numbered_lines(stream, label):
            if not (text := raw.strip()):
                blank_records += 1
                continue
            _refuse_document(text, line, label)
            with suppress(_BrokenLineError):  # it goes to quarantine when the records are read
                record = parse_line(text)
                named = [several[key] for key in record if key in several]
                if len(set(named)) < len(named):
                    find_columns(list(record), layout, label)  # refuses it
                keys.update(dict.fromkeys(record))
            if len(keys) > MAX_KEYS:
                raise LandingFileError(
                    f"{label}: more than {MAX_KEYS} different keys, so keys hold data. Export one object per "
                    "record, each with the same keys."
                )
    return list(keys), blank_records


def _refuse_document(text: bytes, line: int, label: str) -> None:
    if line == 1 and text in (b"{", b"["):
        raise LandingFileError(
            f"{label}: one JSON document over several lines. Deliver JSON Lines, one object per line: "
            "`jq -c . in.json > out.jsonl`."
        )


def _numbered_lines(stream: BinaryIO, label: str) -> Iterator[tuple[int, bytes]]:
    if stream.read(len(UTF8_MARK)) != UTF8_MARK:
        stream.seek(0)
    line = 0
    while raw := stream.readline(MAX_LINE_BYTES):
        line += 1
        if len(raw) == MAX_LINE_BYTES:
            raise LandingFileError(
                f"{label}: line {line} is longer than {MAX_LINE_BYTES} bytes. Deliver one object per line."
            )
        yield line, raw


def _batches_of_lines(file: Path, label: str) -> Iterator[list[tuple[int, bytes]]]:
    """Gather lines that are not blank; at least one batch, so that an empty file has its columns too."""
    gathered: list[tuple[int, bytes]] = []
    size = 0
    with file.open("rb") as stream:
        for line, raw in _numbered_lines(stream, label):
            if raw.strip():
                gathered.append((line, raw.strip()))
                size += len(raw)
            if size >= BATCH_BYTES:
                yield gathered
                gathered, size = [], 0
    yield gathered


def _count_lines(file: Path) -> int:
    """Count line ends, apart from the code that reads lines; the last line may lack its own."""
    count, last = 0, b"\n"
    with file.open("rb") as stream:
        while piece := stream.read(2**20):
            count += piece.count(b"\n")
            last = piece[-1:]
    return count + (last != b"\n")
