"""Records that go to quarantine before they are taken apart: what they hold is no text, or their end is lacking."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.extract.readers.record_blocks import RecordBlock

NUL_RULE = "nul_character"
ENCODING_RULE = "invalid_encoding"
CUT_RULE = "cut_off"


class FaultyRecord(NamedTuple):
    """A record that is not handed to the parser.

    Attributes:
        ordinal: of the record in its block, from 0.
        rule: that it breaks.
        reason: for people; holds nothing of the record.
    """

    ordinal: int
    rule: str
    reason: str


def find_faulty_records(block: RecordBlock, encoding: str, layout: Layout) -> list[FaultyRecord]:
    """Find each faulty record once, in their order.

    Args:
        encoding: in which the file was read, for the reason.
    """
    remedy = f"correct `format.encoding` in config/layouts/{layout.layout}.yml, or ask for a new export"
    found = {
        **dict.fromkeys(
            _cut_off(block, layout), (CUT_RULE, "the file ends within this record: its transfer was cut")
        ),
        **dict.fromkeys(_not_utf8(block), (ENCODING_RULE, f"bytes that are no {encoding} text: {remedy}")),
        **dict.fromkeys(_with_nul(block), (NUL_RULE, f"NUL characters: {remedy}")),
    }
    return [FaultyRecord(ordinal, *found[ordinal]) for ordinal in sorted(found)]


def readable(record: bytes) -> str:
    r"""Return a record as text that can be stored and shown: bytes that are no text, and NULs, as \xNN."""
    return record.decode("utf-8", "backslashreplace").replace("\0", r"\x00")


def _with_nul(block: RecordBlock) -> list[int]:
    return _records_at(block, 0, 0) if b"\0" in block.text else []


def _not_utf8(block: RecordBlock) -> list[int]:
    if _is_utf8(block.text):
        return []
    candidates = _records_at(block, 0x80, 0xFF)
    records = zip(candidates, block.records(candidates), strict=True)
    return [ordinal for ordinal, record in records if not _is_decodable(record)]


def _cut_off(block: RecordBlock, layout: Layout) -> list[int]:
    last = block.scan.starts.size - 1
    return [last] if layout.format.ends_with_newline and last >= 0 and block.is_cut_off(last) else []


def _records_at(block: RecordBlock, lowest: int, highest: int) -> list[int]:
    """Return the ordinals of records that hold a byte of a range; such bytes stand in records only."""
    codes = np.frombuffer(block.text, dtype=np.uint8)
    offsets = np.flatnonzero((codes >= lowest) & (codes <= highest))
    ordinals = np.searchsorted(block.scan.starts, offsets, side="right") - 1
    is_another = np.diff(ordinals, prepend=-1) > 0
    return [int(ordinal) for ordinal in ordinals[is_another]]


def _is_utf8(text: bytes) -> bool:
    """Tell whether a large text is UTF-8; Arrow checks it in a seventh of the time that decoding takes."""
    if text.isascii():
        return True
    offsets = pa.py_buffer(np.array([0, len(text)], dtype=np.int32))
    try:
        pa.StringArray.from_buffers(1, offsets, pa.py_buffer(text)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_decodable(record: bytes) -> bool:
    try:
        record.decode()
    except UnicodeDecodeError:
        return False
    return True
