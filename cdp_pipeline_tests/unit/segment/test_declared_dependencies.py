"""Tables built by Python read what their contracts declare: nobody proves it for them, so these tests do."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.contracts.lookup import find_table_contract
from cdp_pipeline.segment.catalogue import read_catalogue
from cdp_pipeline.segment.compiler import join_traits
from cdp_pipeline.segment.statements import INTERVALS, SIZES
from cdp_pipeline.sql_project.proof import tables_read
from cdp_pipeline_tests.warehouse import shipped_models, shipped_project


def read_by(sql: str) -> set[str]:
    return tables_read(sql, Path("generated.sql"))


def declared_by(table: str) -> set[str]:
    return set(shipped_models()[table].upstream)


def interval_query(template: str) -> str:
    traits = join_traits(read_catalogue(shipped_project())).sql(dialect="duckdb")
    return template.format(history="select 1 as one", current=traits, tonight="current_date")


def test_segment_member_reads_what_it_declares() -> None:
    assert read_by(interval_query(INTERVALS)) == declared_by("segment.segment_member")


def test_segment_size_reads_membership_and_what_stands_before_it() -> None:
    read = read_by(interval_query(SIZES))
    assert read <= declared_by("segment.segment_size") | declared_by("segment.segment_member")


def test_trait_named_in_one_place_becomes_part_of_the_grammar() -> None:
    contract = find_table_contract(shipped_project().sql_folders, "segment", "segment_member")
    traits = {name for name in contract.depends_on if name not in {"golden_profile", "customer_id_alias"}}
    assert {f"segment.{name}" for name in traits} == set(read_catalogue(shipped_project()).tables[1:])
