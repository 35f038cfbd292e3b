"""Every hostile text file has one verdict; docs/hostile-files.md shows the same list."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline_tests.unit.extract.readers.delimited_files import members, read_delimited

PAGE = Path(__file__).resolve().parents[4] / "docs" / "hostile-files.md"
MAPPING = "config/layouts/members.yml"
REMEDY = f"correct `format.encoding` in {MAPPING}, or ask for a new export"
REASON = {
    "nul_character": f"NUL characters: {REMEDY}",
    "invalid_encoding": f"bytes that are no utf-8 text: {REMEDY}",
    "cut_off": "the file ends within this record: its transfer was cut",
}
HEADER = b"Member No,City\n"


@dataclass(frozen=True)
class Hostile:
    """A file and its verdict.

    Attributes:
        file: what is odd about it, as the page says it.
        verdict: as the page says it.
        content: its bytes.
        format: of the layout, where that is not the plain one.
        rows: line and values of each record that loads.
        set_aside: line, raw record, rule and reason of each that does not.
        blank_records: lines that hold nothing.
        refusal: the whole message, where the file is refused.
    """

    file: str
    verdict: str
    content: bytes
    rows: list[tuple[object, ...]] = field(default_factory=list)
    set_aside: list[tuple[int, str, str, str]] = field(default_factory=list)
    blank_records: int = 0
    refusal: str | None = None
    format: dict[str, object] = field(default_factory=dict)


def aside(line: int, rule: str, raw_record: str, reason: str | None = None) -> tuple[int, str, str, str]:
    return line, raw_record, rule, reason or REASON[rule]


ENCODINGS = [
    Hostile(
        "UTF-8 with a byte order mark",
        "Loads; the mark is no part of the first header, whatever encoding the layout names.",
        codecs.BOM_UTF8 + '"Member No",City\n7,Köln\n'.encode(),
        format={"encoding": "cp1252"},
        rows=[(2, "7", "Köln")],
    ),
    Hostile(
        "UTF-16 little endian with a byte order mark, layout says UTF-8",
        "Loads: the mark is proof.",
        codecs.BOM_UTF16_LE + "Member No,City\n7,Köln\n".encode("utf-16-le"),
        rows=[(2, "7", "Köln")],
    ),
    Hostile(
        "UTF-16 big endian with a byte order mark, layout says UTF-8",
        "Loads: the mark is proof.",
        codecs.BOM_UTF16_BE + "Member No,City\n7,Köln\n".encode("utf-16-be"),
        rows=[(2, "7", "Köln")],
    ),
    Hostile(
        "UTF-16 without a mark, layout says UTF-16",
        "Loads; the byte order shows in the NULs.",
        "Member No,City\n7,Köln\n".encode("utf-16-be"),
        format={"encoding": "utf-16"},
        rows=[(2, "7", "Köln")],
    ),
    Hostile(
        "UTF-16 without a mark, layout says UTF-8",
        "Refused: names the encoding to set.",
        "Member No,City\n7,Köln\n".encode("utf-16-le"),
        refusal="f.csv: is UTF-16 without a byte order mark, layout members expects utf-8. Save it as UTF-8, or set "
        f"`format.encoding: utf-16` in {MAPPING}.",
    ),
    Hostile(
        "UTF-8, layout says UTF-16",
        "Refused: names the setting to correct.",
        "Member No,City\n7,Köln\n".encode(),
        format={"encoding": "utf-16"},
        refusal="f.csv: is not UTF-16, which layout members expects. Correct `format.encoding` in "
        f"{MAPPING}, or ask for a new export.",
    ),
    Hostile(
        "UTF-8, layout says Windows-1252 or another encoding of one byte per letter",
        "Refused: names the encoding to set.",
        "Member No,City\n7,Köln\n".encode(),
        format={"encoding": "cp1252"},
        refusal="f.csv: is UTF-8, layout members expects cp1252, in which every accented letter would become two "
        "signs. "
        f"Set `format.encoding: utf-8` in {MAPPING}, or for this source.",
    ),
    Hostile(
        "UTF-16 cut in the middle of a character",
        "Quarantines the last record, `invalid_encoding`.",
        ("Member No,City\n7,Köln\n8,Ulm").encode("utf-16")[:-1],
        rows=[(2, "7", "Köln")],
        set_aside=[
            aside(
                3, "invalid_encoding", r"8,Ul\xff", REASON["invalid_encoding"].replace("utf-8", "utf-16-le")
            )
        ],
    ),
    Hostile(
        "UTF-32",
        "Refused: asks for UTF-8.",
        "Member No,City\n7,Köln\n".encode("utf-32"),
        refusal="f.csv: is UTF-32, which no layout reads. Save it as UTF-8.",
    ),
    Hostile(
        "Windows-1252, as the layout says",
        "Loads.",
        "Member No,City\n7,Köln €\n".encode("cp1252"),
        format={"encoding": "cp1252"},
        rows=[(2, "7", "Köln €")],
    ),
    Hostile(
        "Windows-1252, layout says UTF-8",
        "Quarantines the records that hold such bytes, `invalid_encoding`; many of them block the source.",
        "Member No,City\n7,Ulm\n8,Köln\n9,Trier\n".encode("cp1252"),
        rows=[(2, "7", "Ulm"), (4, "9", "Trier")],
        set_aside=[aside(3, "invalid_encoding", r"8,K\xf6ln")],
    ),
    Hostile(
        "UTF-8 with invalid bytes in the middle, beside valid ones",
        "Quarantines those records, `invalid_encoding`; the bytes are shown as `\\xNN`.",
        HEADER + "7,Köln\n".encode() + b'8,"Ma\xc3inz\nam Rhein"\n' + "9,Fürth\n".encode(),
        rows=[(2, "7", "Köln"), (5, "9", "Fürth")],
        set_aside=[aside(3, "invalid_encoding", '8,"Ma\\xc3inz\nam Rhein"')],
    ),
    Hostile(
        "Bytes that Windows-1252 does not have",
        "Quarantines those records, `invalid_encoding`.",
        HEADER + b"7,K\xf6ln\n8,Ul\x81m\n",
        format={"encoding": "cp1252"},
        rows=[(2, "7", "Köln")],
        set_aside=[
            aside(3, "invalid_encoding", r"8,Ul\x81m", REASON["invalid_encoding"].replace("utf-8", "cp1252"))
        ],
    ),
    Hostile(
        "Header in another encoding than the layout says",
        "Refused: names the line.",
        "Member No,Größe,City\n7,1,Ulm\n".encode("cp1252"),
        refusal="f.csv: line 1, the header, is not valid utf-8. Correct `format.encoding` in "
        f"{MAPPING}, or ask for a new export.",
    ),
    Hostile(
        "NUL bytes",
        "Quarantines those records, `nul_character`; NULs are shown as `\\x00`.",
        HEADER + b"7,Ulm\n8,Tr\0ier\n9,\n",
        rows=[(2, "7", "Ulm"), (4, "9", "")],
        set_aside=[aside(3, "nul_character", r"8,Tr\x00ier")],
    ),
]
LINES = [
    Hostile(
        "CRLF, LF and CR mixed",
        "Loads; each ends a line.",
        b"Member No,City\r\n1,A\n2,B\r3,C\r\n",
        rows=[(2, "1", "A"), (3, "2", "B"), (4, "3", "C")],
    ),
    Hostile(
        "No final line end",
        "Loads: many systems write files so.",
        HEADER + b"1,A\n2,B",
        rows=[(2, "1", "A"), (3, "2", "B")],
    ),
    Hostile(
        "No final line end, layout says `ends_with_newline: true`",
        "Quarantines the last record, `cut_off`.",
        HEADER + b"1,A\n2,B",
        format={"ends_with_newline": True},
        rows=[(2, "1", "A")],
        set_aside=[aside(3, "cut_off", "2,B")],
    ),
    Hostile(
        "Cut within the header, layout says `ends_with_newline: true`",
        "Refused.",
        b"Member No,Ci",
        format={"ends_with_newline": True},
        refusal="f.csv: ends within its header: its transfer was cut. Ask for a new export.",
    ),
    Hostile(
        "Blank lines",
        "Loads; they are counted as blank.",
        b"\nMember No,City\n\n1,A\r\n\r\n2,B\n\n",
        rows=[(4, "1", "A"), (6, "2", "B")],
        blank_records=4,
    ),
    Hostile(
        "Line of separators only",
        "Loads as a record of empty values: expectations judge it, such as that of its key.",
        HEADER + b",\n1,A\n",
        rows=[(2, "", ""), (3, "1", "A")],
    ),
    Hostile(
        "Line of spaces only, in a file of several columns",
        "Quarantines it, `field_count`.",
        HEADER + b"  \n1,A\n",
        rows=[(3, "1", "A")],
        set_aside=[aside(2, "field_count", "  ", "1 field where the header has 2")],
    ),
    Hostile(
        "Empty file",
        "Refused.",
        b"",
        refusal="f.csv: the file is empty: not even a header. Ask for a new export.",
    ),
    Hostile(
        "Blank lines only",
        "Refused.",
        b"\r\n\r\n",
        refusal="f.csv: the file is empty: not even a header. Ask for a new export.",
    ),
    Hostile("Header only", "Loads: a delivery without records.", HEADER),
]
QUOTES = [
    Hostile(
        "Separators and line ends in quotes",
        "Loads; a record's line is that on which it begins.",
        HEADER + b'1,"A, B\nand C"\n2,"say ""D"""\n',
        rows=[(2, "1", "A, B\nand C"), (4, "2", 'say "D"')],
    ),
    Hostile(
        "Quotes inside unquoted values",
        "Loads; they are part of the value.",
        HEADER + b'1,5" nail\n2,a "b" c\n3,"D, E"\n',
        rows=[(2, "1", '5" nail'), (3, "2", 'a "b" c'), (4, "3", "D, E")],
    ),
    Hostile(
        "Text behind a closing quote",
        "Loads; it is part of the value.",
        HEADER + b'1,"A" B\n2,"C"D"\n',
        rows=[(2, "1", "A B"), (3, "2", 'CD"')],
    ),
    Hostile(
        "Quote that is never closed",
        "Refused: names the line on which it opens.",
        HEADER + b'1,"A\nB"\n2,"C\n3,D\n',
        refusal="f.csv: the quote that opens a field on line 4 is never closed, so records can't be told apart. "
        "Ask for a new export, or correct the quote.",
    ),
    Hostile(
        "Cell of 3 MB",
        "Loads.",
        HEADER + b'1,"' + b"A,\n" * 2**20 + b'"\n2,B\n',
        rows=[(2, "1", "A,\n" * 2**20), (3 + 2**20, "2", "B")],
    ),
]
COLUMNS = [
    Hostile(
        "Columns in another order",
        "Loads: columns are found by name.",
        b"City,Member No\nUlm,1\n",
        rows=[(2, "1", "Ulm")],
    ),
    Hostile(
        "Column that the layout does not list",
        "Loads; the column is reported.",
        b"Member No,Shoe size,City\n1,42,Ulm\n",
        rows=[(2, "1", "Ulm")],
    ),
    Hostile(
        "Optional column missing",
        "Loads; it is null, and reported.",
        b"Member No\n1\n",
        rows=[(2, "1", None)],
    ),
    Hostile(
        "Required column missing",
        "Refused: names the mapping to edit.",
        b"City\nUlm\n",
        refusal="f.csv: required column 'Member No' is missing. If it was renamed, add the new header to `aliases` "
        f"of member_no in {MAPPING}.",
    ),
    Hostile(
        "Required column renamed",
        "Refused: names the likely header.",
        b"Membr-No,City\n1,Ulm\n",
        refusal="f.csv: required column 'Member No' is missing. Is it now 'Membr-No'? Then add that to `aliases` of "
        f"member_no in {MAPPING}.",
    ),
    Hostile(
        "No header at all",
        "Refused; the message shows nothing of the first record.",
        b"1,Ulm\n2,Trier\n",
        refusal="f.csv: required column 'Member No' is missing. If it was renamed, add the new header to `aliases` "
        f"of member_no in {MAPPING}.",
    ),
    Hostile(
        "Header of a listed column twice",
        "Refused.",
        b"Member No,City,City\n1,A,B\n",
        refusal="f.csv: header 'City' stands twice. Ask for a new export.",
    ),
    Hostile(
        "Header of an unlisted column twice",
        "Loads: neither is read.",
        b"Note,Member No,Note,City\nx,1,y,Ulm\n",
        rows=[(2, "1", "Ulm")],
    ),
    Hostile(
        "Two headers of one column",
        "Refused: names both.",
        b"Member No,City,Ort\n1,A,B\n",
        refusal="f.csv: column city stands under two headers, 'City' and 'Ort'. Remove an alias in "
        f"{MAPPING}.",
    ),
    Hostile(
        "Records with more or fewer values than the header",
        "Quarantines them, `field_count`.",
        HEADER + b"1,A\n2,B,C\n3\n4,D\n",
        rows=[(2, "1", "A"), (5, "4", "D")],
        set_aside=[
            aside(3, "field_count", "2,B,C", "3 fields where the header has 2"),
            aside(4, "field_count", "3", "1 field where the header has 2"),
        ],
    ),
    Hostile(
        "Separator at every line's end, the header's too",
        "Loads; the column without a name is reported by its position.",
        b"Member No,City,\n1,A,\n2,B,\n",
        rows=[(2, "1", "A"), (3, "2", "B")],
    ),
    Hostile(
        "Separator at every line's end but the header's",
        "Quarantines the records, `field_count`: a shifted column looks the same.",
        HEADER + b"1,A,\n",
        set_aside=[aside(2, "field_count", "1,A,", "3 fields where the header has 2")],
    ),
    Hostile(
        "20,000 columns",
        "Loads.",
        b"Member No,"
        + b",".join(b"c%d" % i for i in range(20_000))
        + b",City\n1"
        + b",x" * 20_000
        + b",Ulm\n",
        rows=[(2, "1", "Ulm")],
    ),
    Hostile(
        "Another separator",
        "Refused: names both separators.",
        b"Member No;City\n1;Ulm\n",
        refusal="f.csv: fields are separated by ';', layout members expects ','. Save the file so, or set "
        f"`format.delimiter` in {MAPPING}.",
    ),
    Hostile(
        "First line `sep=;`, as Excel writes it",
        "Loads; the line is proof of the separator.",
        b"sep=;\r\nMember No;City\r\n1;Ulm, Trier\r\n",
        rows=[(3, "1", "Ulm, Trier")],
    ),
    Hostile(
        "Other lines above the header",
        "Refused, as a required column that is missing.",
        b"Members in May\nMember No,City\n1,Ulm\n",
        refusal="f.csv: required column 'Member No' is missing. If it was renamed, add the new header to `aliases` "
        f"of member_no in {MAPPING}.",
    ),
]
HOSTILE = [*ENCODINGS, *LINES, *QUOTES, *COLUMNS]


def test_utf16_is_told_from_a_few_nuls() -> None:
    with_zero_bytes_in_letters = "Member No,City\n7,\u0100\u0200\n".encode("utf-16-le")
    with pytest.raises(LandingFileError, match="is UTF-16 without a byte order mark"):
        read_delimited(with_zero_bytes_in_letters)
    for broken in (b"Member No,\0City\n7,Ulm\n", b"Member No,C\0ity\n7,Ulm\n"):
        with pytest.raises(LandingFileError, match="line 1, the header, is not valid utf-8"):
            read_delimited(broken)


@pytest.mark.parametrize("encoding", ["cp1250", "iso-8859-15"])
@pytest.mark.parametrize("before", [0, 5_000, 2**20 - 18, 2**20 - 17, 2**21])
def test_utf8_is_told_from_one_byte_per_letter_wherever_its_first_letter_stands(
    encoding: str, before: int
) -> None:
    text = "Member No,City\n7," + "x" * before + "ü\n"
    layout = members(format={"encoding": encoding})
    with pytest.raises(LandingFileError, match="is UTF-8, layout members expects"):
        read_delimited(text.encode(), layout)
    assert read_delimited(text.encode(encoding), layout).rows == [(2, "7", "x" * before + "ü")]


@pytest.mark.parametrize("block_bytes", [2**20, 7], ids=["one block", "blocks of 7 bytes"])
@pytest.mark.parametrize("hostile", HOSTILE, ids=[hostile.file for hostile in HOSTILE])
def test_each_hostile_file_has_one_verdict(hostile: Hostile, block_bytes: int) -> None:
    layout = members(format=hostile.format)
    block_bytes = max(block_bytes, len(hostile.content) // 1000)
    if hostile.refusal:
        with pytest.raises(LandingFileError) as refusal:
            read_delimited(hostile.content, layout, block_bytes)
        assert str(refusal.value) == hostile.refusal
        return
    parsed = read_delimited(hostile.content, layout, block_bytes)
    assert parsed.rows == hostile.rows
    assert [tuple(row.values()) for row in parsed.unparsed.to_pylist()] == hostile.set_aside
    assert parsed.blank_records == hostile.blank_records


def test_the_page_shows_each_file_with_its_verdict() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    shown = [row for row in rows if row[0] != "File" and not row[0].startswith("---")]
    assert shown[: len(HOSTILE)] == [(hostile.file, hostile.verdict) for hostile in HOSTILE]
