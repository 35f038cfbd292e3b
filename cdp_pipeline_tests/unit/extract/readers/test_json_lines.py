"""Reading JSON Lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.errors import ConservationError, LandingFileError
from cdp_pipeline.extract.readers import json_lines, open_reading
from cdp_pipeline_tests.unit.extract.readers.read_files import ReadFile, people_layout, read_file


def read(tmp_path: Path, text: str | bytes) -> ReadFile:
    path = tmp_path / "people.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.10", "1.10"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1E2", "1E2"),
        ("-0.5", "-0.5"),
        ("true", "true"),
        ("false", "false"),
        ("null", None),
        ('"007"', "007"),
        ('" K\\u00f6ln "', " Köln "),
        ('"😀 \\ud83d\\ude00"', "😀 😀"),
        ('{"a": [1.10, "x", null, true], "ö": {}}', '{"a":[1.10,"x",null,true],"ö":{}}'),
        ("[]", "[]"),
        ('"C:\\\\u0000x"', "C:\\u0000x"),
        ('"{not an object}"', "{not an object}"),
    ],
)
def test_values_keep_the_text_that_they_were_written_with(
    tmp_path: Path, value: str, text: str | None
) -> None:
    assert read(tmp_path, f'{{"No": "1", "City": {value}}}\n').rows() == [(1, "1", text)]


def test_keys_are_matched_like_headers_whatever_their_order_and_a_missing_key_is_null(tmp_path: Path) -> None:
    parsed = read(tmp_path, '{"No": 1, "Ort": "Bonn"}\n{"shoe": 42, "Ort": "Kiel", "No": 2}\n{"No": 3}')
    assert parsed.rows() == [(1, "1", "Bonn"), (2, "2", "Kiel"), (3, "3", None)]
    assert parsed.unknown == ["shoe"]


def test_lines_may_name_a_column_differently_from_one_another(tmp_path: Path) -> None:
    parsed = read(tmp_path, '{"No": 1, "City": "Bonn"}\n{"No": 2, "Ort": "Kiel"}\n{"No": 3}\n')
    assert parsed.rows() == [(1, "1", "Bonn"), (2, "2", "Kiel"), (3, "3", None)]
    assert (parsed.unknown, parsed.missing) == ([], [])


def test_a_line_that_names_a_column_twice_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(LandingFileError, match="column city stands under two headers, 'City' and 'Ort'"):
        read(tmp_path, '{"No": 1}\n{"No": 2, "Ort": "Kiel", "City": null}\n')


def test_columns_that_no_line_has_are_told(tmp_path: Path) -> None:
    assert read(tmp_path, '{"No": 1}\n').missing == ["City"]


def test_a_required_key_that_stands_nowhere_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(LandingFileError, match=r"people\.jsonl: required column 'No' is missing"):
        read(tmp_path, '{"City": "Bonn"}\n')


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"No": 2, "City": "Bo', "Unterminated string at character 19"),
        (b'{"No": 2, "No": 3}', "a key stands twice in one object"),
        (b'{"No": 2, "City": {"a": 1, "a": 2}}', "a key stands twice in one object"),
        (b"[2]", "the line holds no object"),
        (b'"No"', "the line holds no object"),
        (b'{"No": NaN}', "NaN is no JSON"),
        (b'{"No": "\xff"}', "the line is not valid UTF-8"),
        (b'{"No": "\\ud83d"}', "an escape stands for half a character"),
        (b'{"No": "a\\u0000b"}', "it holds a NUL character"),
        (b'{"No": 2, "\\ud800x": 1}', "an escape stands for half a character"),
        (b'{"No": 2, "a\\u0000b": 1}', "it holds a NUL character"),
        (b'{"No": 2}{"No": 3}', "Extra data at character 10"),
        (b'{"No": ' + b"[" * 100_000 + b"}", "objects are nested too deeply"),
    ],
)
def test_a_broken_line_is_set_aside_with_its_number_and_stops_no_other(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    parsed = read(tmp_path, b'{"No": 1}\n' + line + b'\n{"No": 4}\n')
    assert parsed.rows() == [(1, "1", None), (3, "4", None)]
    assert parsed.faults() == [(2, "invalid_json", reason)]
    assert parsed.unparsed["raw_record"][0].as_py().encode() in (line, line.replace(b"\xff", b"\\xff"))


def test_keys_of_a_broken_line_are_no_columns(tmp_path: Path) -> None:
    parsed = read(tmp_path, '{"No": 1}\n{"No": 2, "\\ud800x": 1}\n{"No": 3, "Ort": "Bonn", "Ort": "Kiel"}\n')
    assert (parsed.unknown, parsed.missing) == ([], ["City"])


def test_blank_lines_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    parsed = read(tmp_path, b'\xef\xbb\xbf\n{"No": 1}\r\n  \r\n{"No": 2}')
    assert parsed.rows() == [(2, "1", None), (4, "2", None)]
    assert (parsed.physical_records, parsed.blank_records) == (4, 2)


def test_batches_go_on_where_the_last_one_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "BATCH_BYTES", 20)
    parsed = read(tmp_path, "".join(f'{{"No": {n}}}\n' for n in range(1, 101)))
    assert parsed.rows() == [(n, str(n), None) for n in range(1, 101)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ('[{"No": 1}]', "is one JSON array.*one object per line"),
        ('{\n  "No": 1\n}\n', "one JSON document over several lines"),
        ("".join(f'{{"No": 1, "k{n}": 1}}\n' for n in range(2_001)), "more than 2000 different keys"),
        ('{"No": 1}\n'.encode("utf-16"), "is UTF-16, and JSON Lines are UTF-8. Save it as UTF-8"),
        ('{"No": 1}\n'.encode("utf-16-be"), "is UTF-16, and JSON Lines are UTF-8. Save it as UTF-8"),
        ('{"No": 1}\n'.encode("utf-32"), "is UTF-32, and JSON Lines are UTF-8. Save it as UTF-8"),
    ],
    ids=["empty", "array", "pretty printed", "keys that are data", "UTF-16", "without a mark", "UTF-32"],
)
def test_what_is_not_one_object_per_line_is_refused_with_the_remedy(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(LandingFileError, match=rf"people\.jsonl: .*{message}"):
        read(tmp_path, text)


def test_a_line_that_never_ends_is_refused_before_it_fills_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "MAX_LINE_BYTES", 1_000)
    with pytest.raises(LandingFileError, match="line 2 is longer than 1000 bytes"):
        read(tmp_path, '{"No": 1}\n' + '{"No": "' + "x" * 2_000)


def test_lines_that_were_lost_while_reading_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text('{"No": 1}\n{"No": 2}\n', encoding="utf-8")
    reading = open_reading(path, people_layout(), path.name)
    path.write_text('{"No": 1}\n', encoding="utf-8")
    with pytest.raises(ConservationError, match="2 lines counted, but 1 read"):
        list(reading.batches())
