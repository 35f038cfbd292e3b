"""Delivered text in one form: what is read from which writing, and what is a misfit rather than a guess."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.validate.cleaned import cleaned_from
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout

MISFIT = None
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


def layout_of(column: dict[str, Any], **file_format: Any) -> Layout:
    document = {
        "layout": "amounts",
        "title": "Amounts",
        "description": "Test layout.",
        "documentation": "none",
        "format": file_format,
        "key": ["value"],
        "columns": {"value": {"header": "value", **column}},
    }
    return parse_contract(document, Layout, origin="test")


def cleaned_texts(engine: Engine, texts: Sequence[str | None], layout: Layout) -> list[str | None]:
    rows = pa.table({"line": range(len(texts)), "value": pa.array(texts, pa.string())})
    with engine.arrow_view(rows) as view:
        sql = cleaned_from(view, layout, kept=["line"])
        return engine.fetch_column(f"select value from ({sql}) order by line")


def read(engine: Engine, texts: Sequence[str], layout: Layout) -> list[str | None]:
    """Return the values as accepted; a misfit is None, by Python's reading of the gate and by DuckDB's alike."""
    column, cleaned = layout.columns["value"], cleaned_texts(engine, texts, layout)
    expectation = column.type_expectation("value")
    assert expectation is not None
    fits = [bool(re.search(expectation.kwargs["regex"], text or "")) for text in cleaned]
    with engine.arrow_view(
        pa.table({"line": range(len(cleaned)), "value": pa.array(cleaned, pa.string())})
    ) as view:
        in_duckdb = engine.fetch_column(
            f"select coalesce(regexp_full_match(value, ?), false) from {view} order by line", [column.pattern]
        )
    assert in_duckdb == fits
    return [text if fit else MISFIT for text, fit in zip(cleaned, fits, strict=True)]


def read_one(engine: Engine, text: str, column: dict[str, Any], **file_format: Any) -> str | None:
    [value] = read(engine, [text], layout_of(column, **file_format))
    return value


POINT = [
    ("1234.50", "1234.50"),
    ("$12.96", "12.96"),
    ("-$12.96", "-12.96"),
    ("$-12.96", "-12.96"),
    ("($12.96)", "-12.96"),
    ("12.96-", "-12.96"),
    ("\u221212.96", "-12.96"),
    ("+12.96", "12.96"),
    (" $5.50", "5.50"),
    ("$1,012", "1012"),
    ("US$ 1,012.96 USD", "1012.96"),
    ("CHF 1'234.50", "1234.50"),
    ("12.50 kr.", "12.50"),
    ("1\u202f234.50\u00a0€", "1234.50"),
    (".5", "0.5"),
    ("$.50", "0.50"),
    ("1.234", "1.234"),
    ("0", "0"),
    ("12,96 €", MISFIT),
    ("1.234,50", MISFIT),
    ("1,23", MISFIT),
    ("12,34,567.00", MISFIT),
    ("1,234 567", MISFIT),
    ("12 34", MISFIT),
    ("(-5)", MISFIT),
    ("--5", MISFIT),
    ("5.", MISFIT),
    ("Fr.5", MISFIT),
    ("$", MISFIT),
    ("USD", MISFIT),
    ("n/a", MISFIT),
    ("1e3", MISFIT),
    ("1_000", MISFIT),
    ("NaN", MISFIT),
    ("12%", MISFIT),
    ("１２", MISFIT),
    ("12\n34", MISFIT),
    ("1234567890123456", MISFIT),
]
COMMA = [
    ("12,96 €", "12.96"),
    ("-12,96 €", "-12.96"),
    ("1.234,50", "1234.50"),
    ("1 234,50", "1234.50"),
    ("1\u00a0234,50", "1234.50"),
    ("12,96 zł", "12.96"),
    ("12,50 kr.", "12.50"),
    ("EUR12,96", "12.96"),
    ("12,96- €", "-12.96"),
    ("1.234", "1234"),
    ("1,234", "1.234"),
    (",5", "0.5"),
    ("1234", "1234"),
    ("1234.50", MISFIT),
    ("0.125", MISFIT),
    ("1.5", MISFIT),
    ("12.96", MISFIT),
    ("$12.96", MISFIT),
    ("1,234.50", MISFIT),
]


@pytest.mark.parametrize(("delivered", "expected"), POINT)
def test_an_amount_with_a_decimal_point(engine: Engine, delivered: str, expected: str | None) -> None:
    assert read_one(engine, delivered, {"type": "decimal"}) == expected


@pytest.mark.parametrize(("delivered", "expected"), COMMA)
def test_an_amount_with_a_decimal_comma(engine: Engine, delivered: str, expected: str | None) -> None:
    assert read_one(engine, delivered, {"type": "decimal"}, decimal_mark=",") == expected


def test_a_misfit_that_reads_as_another_number_is_marked(engine: Engine) -> None:
    layout = layout_of({"type": "decimal", "misfit": "warning"}, decimal_mark=",")
    assert cleaned_texts(engine, ["1234.50", "n/a", None], layout) == ["1234.50 ?", "n/a", None]


@pytest.mark.parametrize(("delivered", "expected"), [("1.23", "1.23"), ("1.234", MISFIT), ("1,234", "1234")])
def test_money_with_more_digits_than_money_has_may_be_thousands(
    engine: Engine, delivered: str, expected: str | None
) -> None:
    assert read_one(engine, delivered, {"type": "decimal", "max_decimals": 2}) == expected


INTEGERS = [
    ("1234", ".", "1234"),
    ("1,234", ".", "1234"),
    ("1.234", ",", "1234"),
    ("4.0", ".", "4"),
    ("1.000", ".", MISFIT),
    ("1,000", ",", MISFIT),
    ("12.5", ".", MISFIT),
    ("$5", ".", MISFIT),
    ("6.1E+12", ".", MISFIT),
]


@pytest.mark.parametrize(("delivered", "mark", "expected"), INTEGERS)
def test_a_whole_number(engine: Engine, delivered: str, mark: str, expected: str | None) -> None:
    assert read_one(engine, delivered, {"type": "integer"}, decimal_mark=mark) == expected


DATES = [
    ("2026-05-01", [], "2026-05-01"),
    ("2026-05-01 00:00:00", [], "2026-05-01"),
    ("2026-05-01T00:00:00Z", [], "2026-05-01"),
    ("2026-05-01T00:00:00+02:00", [], MISFIT),
    ("2024-02-29", [], "2024-02-29"),
    ("1900-02-29", [], MISFIT),
    ("2026-02-30", [], MISFIT),
    ("05/01/2026", [], MISFIT),
    ("46143", [], MISFIT),
    ("2026-05-01 10:00:00", [], MISFIT),
    ("05/01/2026", ["%m/%d/%Y"], "2026-05-01"),
    ("05/01/2026", ["%d/%m/%Y"], "2026-01-05"),
    ("2026-05-01", ["%d/%m/%Y"], "2026-05-01"),
    ("1.5.2026", ["%d.%m.%Y"], "2026-05-01"),
    ("31.02.2026", ["%d.%m.%Y"], MISFIT),
    ("13/13/2026", ["%d/%m/%Y"], MISFIT),
    ("01.05.26", ["%d.%m.%Y"], MISFIT),
    ("01.05.26", ["%d.%m.%y"], "2026-05-01"),
    ("1 May 2026", ["%d.%m.%Y", "%d %b %Y"], "2026-05-01"),
    ("20260501", ["%Y%m%d"], "2026-05-01"),
    ("2026111", ["%Y%m%d"], MISFIT),
    ("46143", ["%Y%m%d", "%d.%m.%Y"], MISFIT),
]


@pytest.mark.parametrize(("delivered", "formats", "expected"), DATES)
def test_a_date(engine: Engine, delivered: str, formats: list[str], expected: str | None) -> None:
    assert read_one(engine, delivered, {"type": "date"}, date_formats=formats) == expected
    assert read_one(engine, delivered, {"type": "date", "formats": formats}) == expected


TIMES = [
    ("2026-05-01 10:00:00 +0200", [], "2026-05-01 10:00:00+0200"),
    ("2026-05-01T10:00 Z", [], "2026-05-01T10:00Z"),
    ("2026-05-01 10:00:00 +02", [], "2026-05-01 10:00:00+02:00"),
    ("2026-05-01T10:00:00.123456789+14:00", [], "2026-05-01T10:00:00.123456789+14:00"),
    ("2026-05-01 10:00", [], "2026-05-01 10:00"),
    ("2026-05-01 10:00:00+02", [], "2026-05-01 10:00:00+02:00"),
    ("2026-05-01T10:00:00+99:00", [], MISFIT),
    ("2026-05-01T10:00:00+02:70", [], MISFIT),
    ("2026-05-01T24:00:00Z", [], MISFIT),
    ("2026-05-01", [], MISFIT),
    ("05/01/2026 10:00", [], MISFIT),
    ("2026-05-01", ["%Y-%m-%d"], "2026-05-01 00:00:00"),
    ("05/01/2026 10:00", ["%m/%d/%Y %H:%M"], "2026-05-01 10:00:00"),
    ("5/1/2026, 1:05:09 PM", ["%m/%d/%Y, %I:%M:%S %p"], "2026-05-01 13:05:09"),
    ("01.05.2026 10:00:00.5", ["%d.%m.%Y %H:%M:%S.%f"], "2026-05-01 10:00:00.5"),
    ("Fri, 01 May 2026 10:00:00 +0200", ["%a, %d %b %Y %H:%M:%S %z"], "2026-05-01 08:00:00Z"),
    ("01.05.2026 10:00 +9900", ["%d.%m.%Y %H:%M %z"], MISFIT),
    ("01.05.2026 25:00", ["%d.%m.%Y %H:%M"], MISFIT),
]


@pytest.mark.parametrize(("delivered", "formats", "expected"), TIMES)
def test_a_time(engine: Engine, delivered: str, formats: list[str], expected: str | None) -> None:
    assert read_one(engine, delivered, {"type": "timestamp"}, timestamp_formats=formats) == expected


def test_a_time_without_a_zone_is_a_misfit_where_one_is_needed(engine: Engine) -> None:
    layout = layout_of({"type": "timestamp", "needs_zone": True})
    assert read(engine, ["2026-05-01 10:00:00", "2026-05-01 10:00:00Z"], layout) == [
        MISFIT,
        "2026-05-01 10:00:00Z",
    ]


GUARDED = [
    ("'75008", "75008"),
    ("'+49 171 234", "+49 171 234"),
    ("''x", "x"),
    ("' 75008 ", "75008"),
    ('="00123"', "00123"),
    ('="a" & "b"', 'a" & "b'),
    ("'", None),
    ("\u00a0 \t\r\n", None),
    ("", None),
    ("\ufeffKöln\u00a0", "Köln"),
    ("two\nlines", "two\nlines"),
    ("O'Neill'", "O'Neill'"),
    ("=SUM(A1)", "=SUM(A1)"),
]


@pytest.mark.parametrize(("delivered", "expected"), GUARDED)
def test_blanks_and_spreadsheet_guards_go_and_nothing_else(
    engine: Engine, delivered: str, expected: str | None
) -> None:
    guarded, unguarded = layout_of({}, spreadsheet_guard="'"), layout_of({})
    assert cleaned_texts(engine, [delivered], guarded) == [expected]
    if delivered[:1] not in {"'", "="}:
        assert cleaned_texts(engine, [delivered], unguarded) == [expected]


def test_a_guard_that_is_not_declared_is_part_of_the_value(engine: Engine) -> None:
    assert cleaned_texts(engine, ["'75008", '="00123"'], layout_of({})) == ["'75008", '="00123"']


def test_texts_that_stand_for_nothing_are_null_whatever_the_type(engine: Engine) -> None:
    nulls = ["\\N", "NULL", "n/a"]
    texts = ["\\N", " NULL ", "'n/a", "null", "NULL and void", "12"]
    expected = [None, None, None, "null", "NULL and void", "12"]
    for type_ in ("text", "integer", "decimal", "date", "timestamp"):
        layout = layout_of({"type": type_}, nulls=nulls, spreadsheet_guard="'")
        assert cleaned_texts(engine, texts, layout) == expected
    assert cleaned_texts(engine, ["NULL"], layout_of({})) == ["NULL"]


def test_new_null_texts_judge_delivered_files_again_and_keep_their_raw_text(
    new_nights: Callable[..., LandingNights],
) -> None:
    nights = new_nights(members_layout())
    nights.deliver("a.csv", "no,city,updated\n1,n/a,2026-05-01\n2,Bonn,2026-05-01\nn/a,Ulm,2026-05-01\n")
    nights.run(4)
    current = "select member_no, city from validate.members order by 1"
    assert nights.rows(current) == [("2", "Bonn"), ("n/a", "Ulm")]
    nights.change_layout(members_layout(format={"nulls": ["n/a"]}))
    nights.deliver("b.csv", "no,city,updated\n3,Ulm,2026-05-02\n4,n/a,n/a\n")
    nights.run(5)
    assert nights.rows(current) == [("1", None), ("2", "Bonn"), ("3", "Ulm"), ("4", None)]
    assert nights.rows(
        "select path, written_as from extract.file_column join extract.file using (file_id)"
        " where header = 'updated' order by 1"
    ) == [("a.csv", "date"), ("b.csv", "date")]
    [(line, raw_record)] = nights.rows("select line, raw_record from validate.quarantine")
    assert (line, json.loads(raw_record)["member_no"]) == (4, "n/a")
    assert nights.rows(
        "select physical_records, loaded_records, quarantined_records from validate.conservation order by all"
    ) == [(2, 2, 0), (3, 2, 1)]


@pytest.mark.parametrize("text", ["", " NULL", "\x85"])
def test_a_null_text_that_no_cell_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="stands in no cell"):
        layout_of({}, nulls=[text])


def test_each_source_is_read_by_its_own_format(engine: Engine) -> None:
    usual = layout_of({"type": "decimal"})
    readings = {"shop_de": layout_of({"type": "decimal"}, decimal_mark=","), "shop_us": usual}
    rows = pa.table({"source_system": ["shop_de", "shop_us", "gone"], "value": ["1.234", "1.234", "1.234"]})
    with engine.arrow_view(rows) as view:
        sql = cleaned_from(view, usual, kept=["source_system"], readings=readings)
        found = engine.fetch_all(f"select source_system, value from ({sql}) order by all")
    assert found == [("gone", "1.234"), ("shop_de", "1234"), ("shop_us", "1.234")]


CURRENCIES = ("", "$", "€", " €", "CHF ", " zł", " kr", " EUR")
GROUPS = {".": (",", " ", "'", "\u202f", ""), ",": (".", " ", "\u00a0", "")}


@st.composite
def written_amounts(draw: st.DrawFn) -> tuple[str, str, Decimal]:
    """Return a decimal mark, an amount in one of its writings, and the amount."""
    amount = draw(st.decimals("-999999999", "999999999", places=draw(st.integers(0, 4))))
    mark = draw(st.sampled_from(".,"))
    group = draw(st.sampled_from(GROUPS[mark]))
    digits = f"{abs(amount):,f}".translate({ord(","): group, ord("."): mark})
    currency = draw(st.sampled_from(CURRENCIES))
    text = digits + currency if currency.startswith(" ") else currency + digits
    if amount.is_signed():
        text = draw(st.sampled_from(("-{}", "({})", "{}-", "\u2212{}"))).format(text)
    return mark, text, amount


@FEW
@given(amounts=st.lists(written_amounts(), min_size=1, max_size=30))
def test_a_written_amount_means_what_python_wrote(
    engine: Engine, amounts: list[tuple[str, str, Decimal]]
) -> None:
    for mark in ".,":
        mine = [(text, amount) for written, text, amount in amounts if written == mark]
        found = read(engine, [text for text, _ in mine], layout_of({"type": "decimal"}, decimal_mark=mark))
        for value, (_, amount) in zip(found, mine, strict=True):
            assert value is not None
            assert Decimal(value) == amount
            assert Decimal(value).as_tuple().exponent == amount.as_tuple().exponent


def amount_of(text: str, mark: str) -> Decimal | None:
    """Read an amount digit by digit, in a way that shares nothing with the patterns under test."""
    number = "".join(c if c.isdigit() or c in ".,' " else "" for c in text).strip(" '")
    whole, _, fraction = number.partition(mark)
    groups = re.split(r"[.,' ]", whole)
    is_sound = all(c.isdigit() for c in fraction) and (len(groups) == 1 or 0 < len(groups[0]) < 4)
    if not is_sound or any(len(group) != 3 for group in groups[1:]) or not (whole + fraction):
        return None
    negative = any(sign in text for sign in "-(\u2212")
    return Decimal(f"{'-' if negative else ''}{''.join(groups) or '0'}.{fraction or '0'}")


@FEW
@given(
    texts=st.lists(st.text("0123456789.,' -+()$€", min_size=1, max_size=9), min_size=1, max_size=60),
    mark=st.sampled_from(".,"),
)
def test_any_other_text_is_a_misfit_or_means_what_it_says(
    engine: Engine, texts: list[str], mark: str
) -> None:
    found = read(engine, texts, layout_of({"type": "decimal"}, decimal_mark=mark))
    for text, value in zip(texts, found, strict=True):
        assert value is None or Decimal(value) == amount_of(text, mark), text


ZONES = [UTC, timezone(timedelta(hours=-3.5)), timezone(timedelta(hours=14))]
DATE_FORMATS = ["%d.%m.%Y", "%m/%d/%Y", "%d-%b-%Y", "%B %d, %Y", "%Y%m%d", "%Y/%m/%d"]


@FEW
@given(
    days=st.lists(st.dates(date(1000, 1, 1)), min_size=1, max_size=30),
    day_format=st.sampled_from(DATE_FORMATS),
)
def test_a_date_in_the_declared_format_is_pythons_date(
    engine: Engine, days: list[date], day_format: str
) -> None:
    layout = layout_of({"type": "date", "formats": [day_format]})
    assert read(engine, [day.strftime(day_format) for day in days], layout) == [str(day) for day in days]


@FEW
@given(
    texts=st.lists(
        st.from_regex(r"[0-9]{1,4}[-./ ]?[0-9]{1,2}[-./ ]?[0-9]{1,4}", fullmatch=True), max_size=60
    ),
    day_format=st.sampled_from(DATE_FORMATS),
)
def test_any_other_date_is_a_misfit_or_means_what_it_says(
    engine: Engine, texts: list[str], day_format: str
) -> None:
    found = read(engine, texts, layout_of({"type": "date", "formats": [day_format]}))
    for text, value in zip(texts, found, strict=True):
        if value is not None:
            written = "%Y-%m-%d" if value == text else day_format
            assert datetime.strptime(text, written).replace(tzinfo=UTC).date().isoformat() == value


@FEW
@given(
    moments=st.lists(
        st.datetimes(datetime(1900, 1, 1), timezones=st.sampled_from(ZONES)),  # noqa: DTZ001 - takes no zone
        min_size=1,
        max_size=30,
    )
)
def test_a_time_in_the_declared_format_is_pythons_time(engine: Engine, moments: list[datetime]) -> None:
    written = "%d.%m.%Y %H:%M:%S.%f %z"
    layout = layout_of({"type": "timestamp", "formats": [written]})
    found = read(engine, [moment.strftime(written) for moment in moments], layout)
    assert [datetime.fromisoformat(value or "") for value in found] == moments
