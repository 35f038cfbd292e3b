"""Meta's normal forms and file, from the vectors that Meta publishes, through the SQL that writes the file."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

from cdp_pipeline.activate import write_activation_files
from cdp_pipeline_tests.warehouse import Warehouse, evaluate

TEMPLATE = "email,email,email,phone,phone,phone,madid,fn,ln,zip,ct,st,country,dob,doby,gen,age,uid,value"
HEADER = ["email", "email", "email", "phone", "phone", "phone", "fn", "ln", "zip", "ct", "st", "country"]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sent_to_meta(folder: Path, *contacts: str, **profile: str) -> list[str]:
    """Return the line of one high value customer who allowed everything, header checked."""
    warehouse = Warehouse()
    for number, contact in enumerate(contacts):
        kind = "phone" if contact.startswith("+") else "email"
        record = {"updated_at": f"2026-01-{20 - number}", **profile, kind: contact}
        warehouse.add_record("c1", f"shop/customer/{number}", **record)
        warehouse.add_consent(contact, "ad_audiences", "granted", "2026-01-01")
    warehouse.add_purchase("shop/customer/0", "#1", "2026-04-01", "10.00")
    warehouse.build()
    write_activation_files(warehouse.night, folder)
    text = (folder / "high_value-meta_custom_audience-2026-05-04.csv").read_text(encoding="utf-8")
    header, line = csv.reader(text.splitlines())
    assert header == HEADER
    return line


@pytest.mark.parametrize(
    ("contact", "column", "hashed"),
    [
        (
            "john_smith@gmail.com",
            "email",
            "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        ),
        ("+16505551212", "phone", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
    ],
)
def test_contact_vectors(tmp_path: Path, contact: str, column: str, hashed: str) -> None:
    line = sent_to_meta(tmp_path, contact)
    assert line[HEADER.index(column)] == hashed
    assert sum(bool(cell) for cell in line) == 1


@pytest.mark.parametrize(
    ("name", "hashed"),
    [
        ("Mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
        ("Valéry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
        ("Vale\u0301ry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
        ("정", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
    ],
)
def test_name_vectors(tmp_path: Path, name: str, hashed: str) -> None:
    line = sent_to_meta(tmp_path, "a@example.org", given_name=name, family_name=name)
    assert (line[HEADER.index("fn")], line[HEADER.index("ln")]) == (hashed, hashed)


def test_country_and_birth_date_vectors() -> None:
    assert evaluate("sha256_hex('lower(' ~ iso_country('name') ~ ')')", "US") == (
        "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"
    )
    assert evaluate("sha256_hex(meta_birth_date('cast(name as date)'))", "1997-02-16") == (
        "01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c"
    )


def test_whole_line_is_hashed_in_metas_normal_forms(tmp_path: Path) -> None:
    line = sent_to_meta(
        tmp_path,
        "a.nn+x@gmail.com",
        "second@example.org",
        "third@example.org",
        "fourth@example.org",
        "+49891234567",
        given_name="Anne-Sophie",
        family_name="O'Brien",
        postcode="94035-1234",
        city="St. John's",
        region="CA",
        country="US",
    )
    plain = ["a.nn+x@gmail.com", "second@example.org", "third@example.org", "49891234567", "", ""]
    plain += ["annesophie", "obrien", "94035", "stjohns", "ca", "us"]
    assert line == [sha256(value) if value else "" for value in plain]


def test_columns_follow_metas_template_and_hold_nothing_in_plain_text() -> None:
    columns = Warehouse().night.project.destinations["meta_custom_audience"].columns
    assert [column.header for column in columns] == [name for name in TEMPLATE.split(",") if name in HEADER]
    assert all(column.is_hashed for column in columns)


@pytest.mark.parametrize(
    ("call", "value", "normal_form"),
    [
        ("meta_email('name')", " A.B+c@GMAIL.com ", "a.b+c@gmail.com"),
        ("meta_name('name')", "  Ana   María ", "ana maría"),
        ("meta_name('name')", "D’Angelo", "dangelo"),
        ("meta_name('name')", "प्रिया", "प्रिया"),
        ("meta_name('name')", "...", None),
        ("meta_city('name')", "New York", "newyork"),
        ("meta_city('name')", "Freiburg i. Br.", "freiburgibr"),
        ("meta_postcode('name', \"'US'\")", "94035-1234", "94035"),
        ("meta_postcode('name', \"'GB'\")", "M1 1AE", "m11ae"),
        ("meta_postcode('name', \"'PL'\")", "00-950", "00950"),
        ("meta_postcode('name', 'null')", "75018", "75018"),
        ("meta_region('name', \"'US'\")", "CA", "ca"),
        ("meta_region('name', \"'US'\")", "California", None),
        ("meta_region('name', \"'DE'\")", "BE", None),
        ("meta_gender('name')", "female", "f"),
        ("meta_gender('name')", "male", "m"),
        ("meta_gender('name')", "diverse", None),
    ],
)
def test_normal_forms(call: str, value: str, normal_form: str | None) -> None:
    assert evaluate(call, value) == normal_form
