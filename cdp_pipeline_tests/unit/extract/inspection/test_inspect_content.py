"""What a file is, found out from the file alone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.inspection import Inspection, inspect_content, recognise_layout
from cdp_pipeline.extract.inspection.fit import find_renamed, rank_layouts
from cdp_pipeline.extract.inspection.profile import profile_columns


def layout(name: str, columns: dict[str, dict[str, object]]) -> Layout:
    document = {
        "layout": name,
        "title": name,
        "description": "Test layout.",
        "documentation": "none",
        "key": [next(iter(columns))],
        "columns": columns,
    }
    return parse_contract(document, Layout, origin="test")


MEMBERS = layout(
    "members",
    {
        "member_no": {"header": "Member No", "is_required": True},
        "city": {"header": "City", "aliases": ["Ort"]},
        "email": {"header": "Email"},
    },
)
ORDERS = layout(
    "orders", {"order_no": {"header": "Order", "is_required": True}, "city": {"header": "Ship City"}}
)
LAYOUTS = {"members": MEMBERS, "orders": ORDERS}


def inspect(tmp_path: Path, content: bytes, name: str = "file.csv") -> Inspection:
    file = tmp_path / name
    file.write_bytes(content)
    return inspect_content(file, name, LAYOUTS)


@pytest.mark.parametrize(
    ("encoding", "mark", "delimiter"),
    [("utf-8", b"", ","), ("utf-8", b"\xef\xbb\xbf", ";"), ("cp1252", b"", "\t"), ("utf-8", b"", "|")],
)
def test_encoding_and_separator_are_found(tmp_path: Path, encoding: str, mark: bytes, delimiter: str) -> None:
    rows = [["Member No", "Ort", "Name"], *([str(i), "Köln", "Jäger, Übel"] for i in range(30))]
    quoted = [[f'"{cell}"' if "," in cell else cell for cell in row] for row in rows]
    text = "\r\n".join(delimiter.join(row) for row in quoted) + "\r\n"
    found = inspect(tmp_path, mark + text.encode(encoding))
    assert found.dialect is not None
    assert (found.dialect.encoding, found.dialect.delimiter) == (encoding, delimiter)
    assert found.dialect.has_byte_order_mark == bool(mark)
    assert found.dialect.is_certain == (encoding == "utf-8")
    assert (found.records, found.header) == (30, ["Member No", "Ort", "Name"])


def test_polish_letters_tell_another_encoding(tmp_path: Path) -> None:
    body = "".join(f"{i},Łódź,Śródmieście żółty\n" for i in range(40))
    found = inspect(tmp_path, f"Member No,City,Note\n{body}".encode("cp1250"))
    assert found.dialect is not None
    assert found.dialect.encoding == "cp1250"


WESTERN = ["Lefèvre", "Müller", "Søren", "Åse Östergård", "García", "João", "Zoë", "Straße"]
WRITTEN = {
    "French alone": ("cp1252", ["Lefèvre", "Hélène", "François", "Benoît", "Anaïs"]),
    "Western Europe": ("cp1252", WESTERN),
    "Western Europe, many lines": ("cp1252", WESTERN * 500),
    "one name with a foreign letter": ("cp1252", ["Lefèvre", "Smith"]),
    "Polish with Germans": ("cp1250", ["Łódź", "Wiśniewski", "Dąbrowski", "Müller", "Jürgen"]),
    "Czech": ("cp1250", ["Dvořák", "Černý", "Němec", "Žižka", "Růžena", "Jiří"]),
    "Hungarian": ("cp1250", ["Győr", "Szabó", "Jenő", "Fűzfő", "Erzsébet"]),
    "Turkish": ("cp1254", ["Yılmaz", "Şahin", "Doğan", "İzmir", "Müller"]),
    "Polish of another system": ("iso-8859-2", ["Łódź", "Wiśniewski", "Dąbrowski"]),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_one_byte_letters_are_read_as_people_write_them(tmp_path: Path, written: str) -> None:
    encoding, names = WRITTEN[written]
    body = "".join(f"{i},{name}\n" for i, name in enumerate(names))
    found = inspect(tmp_path, f"Member No,Name\n{body}".encode(encoding))
    assert found.dialect is not None
    assert (found.dialect.encoding, found.dialect.is_certain) == (encoding, False)


def test_letters_that_tell_a_wrong_encoding_are_named_and_values_are_not(tmp_path: Path) -> None:
    found = inspect(tmp_path, "Member No,Name\n1,Lefèvre\n2,Søren\n3,Müller\n".encode("cp1252"))
    assert found.dialect is not None
    assert (found.dialect.other_encoding, found.dialect.doubtful) == ("cp1250", [("è", "č"), ("ø", "ř")])


def test_texts_that_mean_nothing_are_told_apart_from_values(tmp_path: Path) -> None:
    found = inspect(tmp_path, b"Member No,Joined,Fax\n1,2026-05-01,NULL\n2,\\N,(null)\n3,\\N,\n")
    joined, fax = found.profiles["joined"], found.profiles["fax"]
    assert (joined.filled, joined.forms[0].name, joined.null_texts) == (1, "date, ISO", {"\\N": 2})
    assert (fax.filled, fax.null_texts) == (0, {"(null)": 1, "NULL": 1})


def test_paths_within_nested_values_are_listed_but_keys_that_name_people_are_not(tmp_path: Path) -> None:
    body = "".join(
        f'{{"id": "{i}", "traits": {{"address": {{"city": "Bonn"}}, "tags": [1], "a{i}@x.org": 1, "u{i}": 1}}}}\n'
        for i in range(30)
    )
    found = inspect(tmp_path, body.encode(), "app.jsonl")
    assert found.profiles["traits"].paths == ["address.city", "tags"]


def test_utf16_is_found_by_its_mark(tmp_path: Path) -> None:
    found = inspect(tmp_path, "Member No\tOrt\n7\tKöln\n".encode("utf-16"))
    assert found.dialect is not None
    assert (found.dialect.encoding, found.dialect.delimiter, found.records) == ("utf-16", "\t", 1)


def test_the_separator_that_yields_known_headers_wins(tmp_path: Path) -> None:
    found = inspect(tmp_path, b"Member No;City\n1;a,b,c\n2;d,e,f\n")
    assert found.dialect is not None
    assert found.dialect.delimiter == ";"


def test_records_blank_lines_and_broken_ones_are_counted(tmp_path: Path) -> None:
    found = inspect(tmp_path, b"Member No,City\n1,a\n\n2\n3,b\n")
    assert (found.records, found.blank_records, found.unparsed) == (3, 1, {"field_count": 1})


def test_the_layout_that_fits_best_comes_first(tmp_path: Path) -> None:
    found = inspect(tmp_path, b"Member No,Ort,Email,Shoe size\n1,a,b@example.com,42\n")
    best = found.best_fit
    assert best is not None
    assert (best.layout.layout, best.unknown, best.missing, best.is_convincing) == (
        "members",
        ["Shoe size"],
        [],
        True,
    )


def test_a_layout_whose_required_column_is_missing_is_only_mentioned() -> None:
    [members] = rank_layouts(["City", "Email"], LAYOUTS)
    assert (members.is_loadable, members.missing_required) == (False, ["Member No"])


def test_one_column_of_many_in_common_is_chance() -> None:
    fits = rank_layouts(["Member No", *(f"column {i}" for i in range(20))], LAYOUTS)
    assert [(fit.is_loadable, fit.is_convincing) for fit in fits] == [(True, False)]


def test_a_likely_new_spelling_is_paired_with_the_missing_column() -> None:
    assert find_renamed(["member_no.", "Colour"], MEMBERS, ["Member No", "City"]) == {
        "member_no.": "member_no"
    }


def test_a_file_that_nobody_reads_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(LandingFileError, match=r"page\.csv: is an HTML page"):
        inspect(tmp_path, b"<!DOCTYPE html><html></html>", "page.csv")


def forms_of(*values: str) -> list[str]:
    with Engine.open() as engine:
        engine.execute("create table main.t (c varchar)")
        for value in values:
            engine.execute("insert into main.t values (?)", [value])
        return [form.name for form in profile_columns(engine, "main.t", ["c"])["c"].forms]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["2026-05-01", "1999-12-31"], "date, ISO"),
        (["2026-05-01 10:00:00 +0200", "2026-05-01T10:00Z"], "time, ISO"),
        (["01.05.2026", "31.12.1999"], "date, day.month.year"),
        (["31/12/1999"], "date, day/month/year"),
        (["12/31/1999"], "date, month/day/year"),
        (["20260501"], "date, yearmonthday"),
        (["01.05.2026 10:15"], "time, day.month.year hours:minutes"),
        (["12/31/1999 04:15 PM"], "time, month/day/year 12-hour clock"),
        (["Jan 26, 2023 08:27 AM", "May 01, 2024 01:52 PM"], "time, month day, year 12-hour clock"),
        (["January 26, 2023"], "date, month in full day, year"),
        (["4915156241942", "4915155486286"], "phone number"),
        (["8812345695", "8812345689"], "whole number"),
        (["1", "-20", "0"], "whole number"),
        (["$12.96", "-$1,012.96", "7"], "number with decimal point"),
        (["12,96 €", "1.234,50", "-7"], "number with decimal comma"),
        (["a.b@example.com"], "e-mail address"),
        (["+49 30 1234567", "0171 2345678"], "phone number"),
        (["'+49301234567"], "phone number"),
        (["10:15", "23:59:59"], "time of day"),
        (["192.0.2.1", "2001:db8:0:0::1"], "IP address"),
    ],
)
def test_a_form_that_every_value_has_is_named_first(values: list[str], form: str) -> None:
    assert forms_of(*values)[0] == form


@pytest.mark.parametrize("value", ["007", "01067"])
def test_zeros_in_front_are_no_number(value: str) -> None:
    assert forms_of(value) == []


def test_one_value_of_another_form_is_enough_to_deny_it() -> None:
    days = [(date(2026, 1, 1) + timedelta(days=i)).isoformat() for i in range(700)]
    assert forms_of(*days) == ["date, ISO"]
    assert forms_of(*days, "2026-02-30") == []


def test_a_day_that_can_be_a_month_fits_both_orders() -> None:
    assert forms_of("05/01/2026") == ["date, day/month/year", "date, month/day/year"]


def test_nearly_all_values_in_one_form_are_told_with_the_number_of_others(tmp_path: Path) -> None:
    body = "".join(f"{i},{i}.50\n" for i in range(1, 60))
    found = inspect(tmp_path, f"Member No,Amount\n{body}60,nine euros\n".encode())
    profile = found.profiles["amount"]
    assert profile.nearly is not None
    assert (profile.forms, profile.nearly.name, profile.misfits) == ([], "number with decimal point", 1)


def test_headers_in_other_scripts_are_not_all_alike() -> None:
    russian = layout("russian", {"given_name": {"header": "Имя"}, "city": {"header": "Город"}})
    assert find_renamed(["Телефон", "Имя:"], russian, ["Имя", "Город"]) == {"Имя:": "given_name"}


def test_what_may_be_said_of_one_person_is_no_list_of_words(tmp_path: Path) -> None:
    rows = "".join(
        f"{i},{'yes' if i % 2 else 'no'},Lange Str. 5,Bonn,{'asthma' if i < 6 else 'none'}\n"
        for i in range(60)
    )
    found = inspect(tmp_path, f"Member No,agreed,street,home,illness\n{rows}".encode())
    assert [profile.words for profile in found.profiles.values()] == [[], ["no", "yes"], [], [], []]


def test_an_apostrophe_that_belongs_to_a_name_is_no_guard(tmp_path: Path) -> None:
    found = inspect(tmp_path, b"Member No,City,Phone\n'01,'s-Hertogenbosch,'+31 73 1234567\n")
    assert [profile.guarded for profile in found.profiles.values()] == [1, 0, 1]


def test_a_header_that_stands_twice_is_named_and_hides_nothing_else(tmp_path: Path) -> None:
    found = inspect(tmp_path, b"Member No,Name,Name\n1,a,b\n")
    assert (found.repeated_headers, found.header, found.records) == (["Name"], ["Member No"], 1)


def test_a_layout_is_recognised_by_the_header_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Member No;City;Email\n", encoding="utf-8")
    assert recognise_layout(file, "x.csv", LAYOUTS) == "members"
    file.write_bytes(b"%PDF-1.7")
    assert recognise_layout(file, "x.csv", LAYOUTS) is None
