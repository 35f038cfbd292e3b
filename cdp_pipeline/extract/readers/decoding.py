"""Decoding delivered text to UTF-8, block by block.

Bytes that are no text in the file's encoding stay in, as bytes that UTF-8 does not have either: the record that
holds them is found by them later, so one bad record costs itself and not its file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.errors import LandingFileError

SAMPLE_BYTES = 4096
BLOCK_BYTES = 2**20
NUL_SHARE_OF_UTF16 = 0.2  # of every second byte; text in Latin letters comes near 1, separators alone to 0.2
HALF_A_CHARACTER = b"\xff"  # stands in no UTF-8 text
BYTE_ORDER_MARKS = {  # UTF-32's first: UTF-16's is the beginning of it
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


@dataclass(frozen=True)
class TextEncoding:
    """How a file's text is encoded.

    Attributes:
        name: as Python names it; UTF-16 with its byte order.
        mark_bytes: length of the byte order mark, which is no part of the text.
    """

    name: str
    mark_bytes: int = 0


def encoding_of(file: Path, layout: Layout, label: str) -> TextEncoding:
    """Tell the file's encoding: its byte order mark is proof, else the layout says it.

    Raises:
        LandingFileError: the file is empty, or evidently in another encoding than the layout says.
    """
    with file.open("rb") as content:
        sample = content.read(SAMPLE_BYTES)
    if not sample:
        raise LandingFileError(f"{label}: the file is empty: not even a header. Ask for a new export.")
    for mark, name in BYTE_ORDER_MARKS.items():
        if sample.startswith(mark):
            if name == "utf-32":
                raise LandingFileError(f"{label}: is UTF-32, which no layout reads. Save it as UTF-8.")
            return TextEncoding(name, len(mark))
    encoding = _encoding_without_mark(sample, layout, label)
    if not encoding.name.startswith("utf") and _is_evidently_utf8(file):
        raise LandingFileError(
            f"{label}: is UTF-8, layout {layout.layout} expects {encoding.name}, in which every accented letter would "
            f"become two signs. Set `format.encoding: utf-8` in config/layouts/{layout.layout}.yml, or for this source."
        )
    return encoding


def wide_encoding(sample: bytes) -> str | None:
    """Name UTF-16 or UTF-32, as the first bytes of a file show it by their mark or their NULs; else nothing."""
    for mark, name in BYTE_ORDER_MARKS.items():
        if sample.startswith(mark):
            return None if name == "utf-8" else name[:6].upper()
    return "UTF-16" if _utf16_by_its_nuls(sample) else None


def _encoding_without_mark(sample: bytes, layout: Layout, label: str) -> TextEncoding:
    expected = layout.format.encoding
    found = _utf16_by_its_nuls(sample)
    if found and expected != "utf-16":
        raise LandingFileError(
            f"{label}: is UTF-16 without a byte order mark, layout {layout.layout} expects {expected}. Save it as "
            f"UTF-8, or set `format.encoding: utf-16` in config/layouts/{layout.layout}.yml."
        )
    if expected == "utf-16" and b"\0" not in sample:
        raise LandingFileError(
            f"{label}: is not UTF-16, which layout {layout.layout} expects. Correct `format.encoding` in "
            f"config/layouts/{layout.layout}.yml, or ask for a new export."
        )
    return TextEncoding(found or ("utf-16-le" if expected == "utf-16" else expected))


def _is_evidently_utf8(file: Path) -> bool:
    """Judge by the first block that holds more than ASCII: text of one byte per letter is hardly ever valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as content:
        try:
            while block := content.read(BLOCK_BYTES):
                if not decoder.decode(block).isascii():
                    return True
        except UnicodeDecodeError:
            pass
    return False


def _utf16_by_its_nuls(sample: bytes) -> str | None:
    """Tell UTF-16 by NULs in every second byte; a file damaged by NULs elsewhere has none in its first line."""
    if b"\0" not in re.split(rb"[\r\n]", sample, maxsplit=1)[0]:
        return None
    half = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd >= NUL_SHARE_OF_UTF16 > even:
        return "utf-16-le"
    return "utf-16-be" if even >= NUL_SHARE_OF_UTF16 > odd else None


def utf8_blocks(file: Path, encoding: TextEncoding, block_bytes: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the text as UTF-8 without byte order mark, and whether a block is the last; the last may be empty."""
    with file.open("rb") as content:
        content.seek(encoding.mark_bytes)
        decoder = codecs.getincrementaldecoder(encoding.name)(_keeping(encoding))
        is_last = False
        while not is_last:
            block = content.read(block_bytes)
            is_last = len(block) < block_bytes
            yield _as_utf8(block, encoding, decoder, is_last=is_last), is_last


def _keeping(encoding: TextEncoding) -> str:
    """Name the error handler that keeps what is no text: lone surrogates of UTF-16, else single bytes."""
    return "surrogatepass" if encoding.name.startswith("utf-16") else "surrogateescape"


def _as_utf8(
    block: bytes, encoding: TextEncoding, decoder: codecs.IncrementalDecoder, *, is_last: bool
) -> bytes:
    if encoding.name == "utf-8":  # checked when records are known, which costs a tenth of decoding
        return block
    if not encoding.name.startswith("utf-16") and block.isascii():
        return block
    text = decoder.decode(block).encode("utf-8", _keeping(encoding))
    return text + HALF_A_CHARACTER if is_last and decoder.getstate()[0] else text
