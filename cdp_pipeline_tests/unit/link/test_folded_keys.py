"""Spellings of one value fold to one key; different values stay apart."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse


def family_keys(warehouse: Warehouse, *names: str) -> list[str]:
    warehouse.deliver(*(SourceRecord(f"r{n}", "Zyx", name) for n, name in enumerate(names)))
    warehouse.build("given_name_variant", "linkage_record")
    return warehouse.engine.fetch_column(
        "select family_name_key from link.linkage_record order by source_record_id"
    )


@pytest.mark.parametrize(
    "spellings",
    [
        ("Müller", "Mueller", "Muller", "MÜLLER", " müller "),
        ("Weiß", "Weiss", "WEISS"),
        ("O'Brien", "O’Brien", "OBrien"),
        ("Yılmaz", "YILMAZ", "Yilmaz"),
        ("Wójcik", "Wojcik"),
        ("Łukasik", "Lukasik"),
        ("Meyer-Lüdenscheidt", "Meyer Luedenscheidt"),
    ],
)
def test_spellings_of_one_name_share_a_key(warehouse: Warehouse, spellings: tuple[str, ...]) -> None:
    assert len(set(family_keys(warehouse, *spellings))) == 1


@pytest.mark.parametrize(
    "names", [("Bauer", "Baur"), ("Neuer", "Neur"), ("Meyer", "Maier"), ("Koch", "Kuch")]
)
def test_different_names_keep_different_keys(warehouse: Warehouse, names: tuple[str, str]) -> None:
    assert len(set(family_keys(warehouse, *names))) == 2


def test_letters_outside_latin_are_kept(warehouse: Warehouse) -> None:
    assert family_keys(warehouse, "Иванов", "Петров") == ["иванов", "петров"]


def test_spellings_of_one_address_share_a_key(warehouse: Warehouse) -> None:
    streets = ["Königsallee 12 a", "Koenigsallee 12a", "KÖNIGSALLEE 12 A"]
    more = ["Hauptstraße 7", "Hauptstr. 7", "Hauptstrasse 7"]
    warehouse.deliver(
        *(SourceRecord(f"r{n}", "Eva", "Klein", street=street) for n, street in enumerate([*streets, *more]))
    )
    warehouse.build("given_name_variant", "linkage_record")
    keys = warehouse.engine.fetch_column(
        "select address_key from standardise.postal_address"
        " inner join link.address_key using (street, postcode, city) order by source_record_id"
    )
    assert keys == ["konigsallee12a 10115"] * 3 + ["hauptstr7 10115"] * 3


def test_swapped_fields_are_put_right(warehouse: Warehouse) -> None:
    warehouse.deliver(
        SourceRecord("a", "Brandhuber", "Sabine"),
        SourceRecord("b", "Sabine", "Brandhuber"),
        SourceRecord("c", "Martin", "Thomas"),  # both words are given names: nothing tells which is which
    )
    warehouse.build("given_name_variant", "linkage_record")
    assert warehouse.engine.fetch_all(
        "select given_name_key, family_name_key from link.linkage_record order by source_record_id"
    ) == [("sabine", "brandhuber"), ("sabine", "brandhuber"), ("martin", "thomas")]
