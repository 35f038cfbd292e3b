"""The machine files, byte for byte."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pytest
import yaml

from cdp_pipeline.activate import write_activation_files
from cdp_pipeline.contracts.activation import Activation, Destination
from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline_tests.warehouse import Warehouse

GOOGLE = "repeat_buyers-google_customer_match-2026-05-04.csv"
MAILCHIMP = "new_buyers-mailchimp_audience-2026-05-04.csv"
META_LIKE = """
destination: meta_like
title: A destination of hashed columns only
spec_source: test
spec_read_on: 2026-11-22
format: {delimiter: ";", line_end: crlf}
purposes: [ad_audiences]
consent_channel: ads
columns:
  - {header: phone, field: phone, normaliser: digits, is_hashed: true}
  - {header: fn, field: given_name, normaliser: google, is_hashed: true, max_characters: 20}
  - {header: uid, field: customer_id}
required_any: [phone]
"""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def buyers(*people: dict[str, str]) -> Warehouse:
    """New and repeat buyers c0, c1, … who allowed everything."""
    warehouse = Warehouse()
    for number, person in enumerate(people):
        record = f"shop/customer/{number}"
        warehouse.add_record(f"c{number}", record, **person)
        for order in range(2):
            warehouse.add_purchase(record, f"{number}-{order}", "2026-04-01", "10.00")
        for contact in (person[kind] for kind in ("email", "phone") if kind in person):
            for purpose in ("marketing", "ad_audiences"):
                warehouse.add_consent(contact, purpose, "granted", "2026-01-01")
    warehouse.build()
    return warehouse


def written(warehouse: Warehouse, folder: Path) -> dict[str, bytes]:
    return {
        file.name: (folder / file.name).read_bytes()
        for file in write_activation_files(warehouse.night, folder)
    }


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


ANN = {
    "email": "A.nn+x@gmail.com".lower(),
    "phone": "+49891234567",
    "given_name": "Ann",
    "family_name": "Lee Jr.",
}
HOME = {"postcode": "80331", "country": "DE"}


def test_google_file_holds_hashes_and_plain_country_and_zip(tmp_path: Path) -> None:
    header, row = cells(written(buyers({**ANN, **HOME}), tmp_path)[GOOGLE])
    assert header == ["Email", "Email", "Phone", "Phone", "First Name", "Last Name", "Country", "Zip"]
    assert row == [
        sha256("ann@gmail.com"),
        "",
        sha256("+49891234567"),
        "",
        sha256("ann"),
        sha256("lee"),
        "DE",
        "80331",
    ]


def test_google_address_columns_are_complete_or_empty(tmp_path: Path) -> None:
    _, row = cells(written(buyers({**ANN, "country": "DE", "city": "Ulm"}), tmp_path)[GOOGLE])
    assert row[4:] == ["", "", "", ""]
    assert row[0] == sha256("ann@gmail.com")


def test_mailchimp_file_is_plain_and_quoted_only_where_needed(tmp_path: Path) -> None:
    people = (
        {"email": "a@example.org", "given_name": 'An "Nan" na', "family_name": "Lee, Jr.", "language": "de"},
        {"email": "b@example.org", "given_name": "=1+1", "family_name": "Müller\nMaier"},
    )
    content = written(buyers(*people), tmp_path)[MAILCHIMP]
    assert content.decode() == (
        "Email Address,First Name,Last Name,Country,Language\n"
        'a@example.org,"An ""Nan"" na","Lee, Jr.",,de\n'
        'b@example.org,=1+1,"Müller\nMaier",,\n'
    )


def test_name_longer_than_the_destination_takes_is_left_empty(tmp_path: Path) -> None:
    people = ({"email": "a@example.org", "given_name": "ü" * 127 + "x", "family_name": "ü" * 128},)
    _, row = cells(written(buyers(*people), tmp_path)[MAILCHIMP])
    assert row[1:3] == ["ü" * 127 + "x", ""]


def test_manifest_entry_matches_the_bytes(tmp_path: Path) -> None:
    warehouse = buyers(ANN, {"email": "b@example.org"})
    files = write_activation_files(warehouse.night, tmp_path)
    for file in files:
        content = (tmp_path / file.name).read_bytes()
        assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert file.rows == len(cells(content)) - 1
        assert list(file.columns) == cells(content)[0]
    assert [file.rows for file in files if file.name in {GOOGLE, MAILCHIMP}] == [2, 2]


def test_files_are_for_the_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    warehouse = buyers(ANN)
    written(warehouse, tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    with pytest.raises(FileExistsError):
        write_activation_files(warehouse.night, tmp_path)


def test_empty_audience_gives_a_header_alone(tmp_path: Path) -> None:
    content = written(buyers(), tmp_path)
    assert content[MAILCHIMP] == b"Email Address,First Name,Last Name,Country,Language\n"


def test_same_rows_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    warehouse = buyers(*({"email": f"p{n}@example.org", "given_name": f"N{n}"} for n in range(30)))
    once, again = tmp_path / "once", tmp_path / "again"
    once.mkdir()
    again.mkdir()
    first = written(warehouse, once)
    by_customer_id = [f"p{name[1:]}@example.org" for name in sorted(f"c{n}" for n in range(30))]
    assert [row[0] for row in cells(first[MAILCHIMP])[1:]] == by_customer_id
    for table in ("activate.activation_row", "activate.profile_form"):
        warehouse.engine.replace_table(table, f"select * from {table} order by hash(customer_id)")
    warehouse.engine.execute("set threads = 1")
    assert written(warehouse, again) == first


def test_new_destination_is_one_file_of_configuration(tmp_path: Path) -> None:
    warehouse = buyers({**ANN, "given_name": "Ann"}, {"phone": "+49897654321", "given_name": "N" * 21})
    header = {"activation": "meta_repeat_buyers", "title": "T", "owner": "team:test"}
    where = {"segment": "repeat_buyers", "destination": "meta_like", "purpose": "ad_audiences"}
    warehouse.on(
        warehouse.night.business_date,
        destinations={"meta_like": parse_contract(yaml.safe_load(META_LIKE), Destination, origin="test")},
        activations={"meta_repeat_buyers": parse_contract({**header, **where}, Activation, origin="test")},
    )
    warehouse.build("activate")
    assert written(warehouse, tmp_path)["repeat_buyers-meta_like-2026-05-04.csv"].decode() == (
        f"phone;fn;uid\r\n{sha256('49891234567')};{sha256('ann')};c0\r\n{sha256('49897654321')};;c1\r\n"
    )
