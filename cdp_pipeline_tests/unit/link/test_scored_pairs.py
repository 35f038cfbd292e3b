"""What the frozen Splink model adds to the rules, and what it must not."""

from __future__ import annotations

from datetime import date

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups


def test_a_mistyped_name_with_birth_date_and_address_is_one_person(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Eva", "Brandstetter", date(1980, 5, 3), street="Gartenweg 12"),
        SourceRecord("b", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12", source="shop"),
    )
    assert people == groups("a b")
    assert {kind for (kind,) in warehouse.edges("edge_kind")} == {"splink"}


def test_a_rare_name_alone_is_no_match(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Xaver", "Querenhuber", email="a@example.org"),
        SourceRecord("b", "Xaver", "Querenhuber", email="b@example.org"),
    )
    assert people == groups("a", "b")


def test_a_mailbox_made_of_the_name_is_no_evidence_beside_the_name(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Eva", "Brandstetter", email="eva.brandstetter@example.org"),
        SourceRecord("b", "Eva", "Brandstetter", email="eva.brandstetter@example.com"),
    )
    assert people == groups("a", "b")


def test_a_pair_that_the_model_likes_bows_to_a_veto(warehouse: Warehouse) -> None:
    people = warehouse.link(
        SourceRecord("a", "Max", "Brandstetter", suffix="senior", street="Gartenweg 12"),
        SourceRecord("b", "Max", "Brandstetter", suffix="junior", street="Gartenweg 12"),
    )
    assert people == groups("a", "b")
    assert warehouse.edges("edge_kind, vetoed_by") == {("vetoed", "name_suffix")}


def test_twins_differ_in_the_given_name_alone(warehouse: Warehouse) -> None:
    born = date(1980, 5, 3)
    people = warehouse.link(
        SourceRecord("a", "Max", "Brandstetter", born, street="Gartenweg 12", phone="+49301234"),
        SourceRecord("b", "Moritz", "Brandstetter", born, street="Gartenweg 12", phone="+49301234"),
    )
    assert people == groups("a", "b")


def test_linkage_leaves_no_splink_table_in_the_warehouse(warehouse: Warehouse) -> None:
    warehouse.link(
        SourceRecord("a", "Eva", "Brandstetter", email="e@example.org"),
        SourceRecord("b", "Ewa", "Brandstettr", email="e@example.org"),
    )
    assert not warehouse.engine.fetch_column(
        "select table_name from duckdb_tables() where contains(table_name, 'splink')"
        " or schema_name = 'main' and table_name <> 'built_table'"
    )
