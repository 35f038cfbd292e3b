"""What the frozen Splink model adds to the rules, and what it must not."""

from __future__ import annotations

from datetime import date

from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups
from cdp_pipeline_tests.unit.link.shared_nights import Linked, linked_together


@linked_together(
    SourceRecord("a", "Eva", "Brandstetter", date(1980, 5, 3), street="Gartenweg 12"),
    SourceRecord("b", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12", source="shop"),
)
def test_a_mistyped_name_with_birth_date_and_address_is_one_person(linked: Linked) -> None:
    assert linked.people == groups("a b")
    assert {kind for (kind,) in linked.edges("edge_kind")} == {"splink"}


@linked_together(
    SourceRecord("a", "Xaver", "Querenhuber", email="a@example.org"),
    SourceRecord("b", "Xaver", "Querenhuber", email="b@example.org"),
)
def test_a_rare_name_alone_is_no_match(linked: Linked) -> None:
    assert linked.people == groups("a", "b")


@linked_together(
    SourceRecord("a", "Eva", "Kaltenbrunner", email="eva.kaltenbrunner@example.org"),
    SourceRecord("b", "Eva", "Kaltenbrunner", email="eva.kaltenbrunner@example.com"),
)
def test_a_mailbox_made_of_the_name_is_no_evidence_beside_the_name(linked: Linked) -> None:
    assert linked.people == groups("a", "b")


@linked_together(
    SourceRecord("a", "Max", "Winterhalter", suffix="senior", street="Gartenweg 12"),
    SourceRecord("b", "Max", "Winterhalter", suffix="junior", street="Gartenweg 12"),
)
def test_a_pair_that_the_model_likes_bows_to_a_veto(linked: Linked) -> None:
    assert linked.people == groups("a", "b")
    assert linked.edges("edge_kind, vetoed_by") == {("vetoed", "name_suffix")}


@linked_together(
    SourceRecord("a", "Max", "Lindenmaier", date(1991, 10, 26), street="Gartenweg 12", phone="+49301234"),
    SourceRecord("b", "Moritz", "Lindenmaier", date(1991, 10, 26), street="Gartenweg 12", phone="+49301234"),
)
def test_twins_differ_in_the_given_name_alone(linked: Linked) -> None:
    assert linked.people == groups("a", "b")


def test_linkage_leaves_no_splink_table_in_the_warehouse(warehouse: Warehouse) -> None:
    warehouse.link(
        SourceRecord("a", "Eva", "Brandstetter", email="e@example.org"),
        SourceRecord("b", "Ewa", "Brandstettr", email="e@example.org"),
    )
    assert not warehouse.engine.fetch_column(
        "select table_name from duckdb_tables() where contains(table_name, 'splink')"
        " or schema_name = 'main' and table_name <> 'built_table'"
    )
