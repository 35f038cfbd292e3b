"""Values that too many people share, or that stand for nothing, tie nobody; a person may know better."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from cdp_pipeline.cli import app
from cdp_pipeline.contracts.linkage import ValueOverride
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups

STORE = "+493023125001"
VOWELS = "aeiou"


def family(number: int) -> str:
    """Return a family name of its own: no two within a few edits of each other."""
    return "".join(
        letter + VOWELS[number % 5] for letter in ("bdfgklmnprst"[(number * step) % 12] for step in (1, 5, 7))
    )


def strangers(count: int, **shared: object) -> list[SourceRecord]:
    """Annas of different family names, each with her own birth date and e-mail, and whatever they share."""
    return [
        SourceRecord(
            f"s{number}",
            "Anna",
            f"{family(number)}{number:03d}",
            **{  # type: ignore[arg-type]
                "born": date(1950, 3, 1) + timedelta(days=37 * number),
                "email": f"s{number}@example.org",
                **shared,
            },
        )
        for number in range(count)
    ]


def shared(warehouse: Warehouse) -> set[tuple[object, ...]]:
    return set(
        warehouse.engine.fetch_all(
            "select identifier_kind, identifier_value, people, records, carries_edges, reason from link.shared_value"
        )
    )


def shared_by(warehouse: Warehouse, *records: SourceRecord) -> set[tuple[object, ...]]:
    """Look for shared values alone, without linking."""
    warehouse.deliver(*records)
    warehouse.build("shared_value")
    return shared(warehouse)


def override(warehouse: Warehouse, kind: str, value: str, *, carries_edges: bool) -> None:
    known = ValueOverride(kind=kind, value=value, carries_edges=carries_edges, why="A test knows better.")  # type: ignore[arg-type]
    warehouse.change_linkage(value_overrides=[known])


def pairs(warehouse: Warehouse) -> int:
    return len(warehouse.edges("left_source_record_id, right_source_record_id", "edge_kind = 'rule'"))


def test_a_phone_of_far_more_people_than_others_have_ties_nobody(warehouse: Warehouse) -> None:
    own = [SourceRecord(f"p{n}", "Ida", f"{family(n)}x{n}", phone=f"+49301000{n:03d}") for n in range(40)]
    people = warehouse.link(*strangers(14, phone=STORE), *own)
    assert len(people) == 54, "one given name, so the limit alone would join them"
    assert shared(warehouse) == {("phone", STORE, 14, 14, False, "junk")}


def test_a_phone_of_a_few_people_ties_those_of_one_given_name(warehouse: Warehouse) -> None:
    warehouse.link(*strangers(3, phone=STORE, born=None))
    assert pairs(warehouse) == 2
    assert shared(warehouse) == set()


def test_the_many_orders_of_one_person_make_no_value_junk(warehouse: Warehouse) -> None:
    orders = [SourceRecord(f"o{n}", "Anna", "Kowalski", phone=STORE, kind="order") for n in range(100)]
    [person] = warehouse.link(*orders)
    assert len(person) == 100
    assert shared(warehouse) == set()


def test_more_given_names_than_the_limit_are_told_apart_from_junk(warehouse: Warehouse) -> None:
    names = ("Anna", "Bernd", "Clara", "Dieter", "Emil", "Frieda", "Gustav", "Heinrich", "Ida")
    office = [SourceRecord(name, name, "Kowalski", email="office@example.org") for name in names]
    assert shared_by(warehouse, *office) == {("email", "office@example.org", 9, 9, False, "limit")}


def test_a_placeholder_of_a_birth_date_neither_joins_nor_parts(warehouse: Warehouse) -> None:
    placeholder = date(1900, 1, 2)
    crowd = strangers(20, born=placeholder)
    known = SourceRecord("k", "Eva", "Brandstetter", date(1980, 5, 3), email="eva@example.org")
    same = SourceRecord("e", "Eva", "Brandstetter", placeholder, email="eva@example.org")
    namesake = SourceRecord("n", "Eva", "Brandstetter", placeholder, email="other@example.org")
    people = warehouse.link(*crowd, *strangers(0), known, same, namesake)
    assert frozenset({"k", "e"}) in people, "the placeholder speaks against no other date"
    assert frozenset({"n"}) in people, "nor for anybody who has it, too"
    assert [value[:2] for value in shared(warehouse)] == [("birth_date", "1900-01-02")]


def test_years_of_birth_written_as_the_first_of_january_are_no_placeholders(warehouse: Warehouse) -> None:
    def born_in(year: int) -> Iterable[SourceRecord]:
        return (
            SourceRecord(f"{year}-{n}", "Anna", f"{family(n + year)}{n}", date(year, 1, 1)) for n in range(15)
        )

    by_day = strangers(60)
    by_year = [record for year in (1951, 1952, 1953, 1954) for record in born_in(year)]
    assert shared_by(warehouse, *by_day, *by_year) == set()


def test_one_first_of_january_far_above_the_others_is_a_placeholder(warehouse: Warehouse) -> None:
    crowd = strangers(20, born=date(1900, 1, 1))
    found = shared_by(
        warehouse,
        *crowd,
        SourceRecord("a", "Ida", "Berg", date(1950, 1, 1)),
        SourceRecord("b", "Ute", "Tal", date(1951, 1, 1)),
    )
    assert found == {("birth_date", "1900-01-01", 20, 20, False, "junk")}


def test_a_default_given_name_says_nothing_of_who_somebody_is(warehouse: Warehouse) -> None:
    guests = [
        SourceRecord(f"g{n}", "Gast", f"{family(n)}{n:03d}", email="till@example.org" if n < 2 else None)
        for n in range(120)
    ]
    people = warehouse.link(*guests, *strangers(20))
    assert ("given_name", "gast", 120, 120, False, "junk") in shared(warehouse)
    assert frozenset({"g0", "g1"}) not in people, (
        "two guests of one e-mail would have had name and e-mail in common"
    )


def test_the_most_frequent_name_of_ordinary_data_is_no_default(warehouse: Warehouse) -> None:
    annas = strangers(110)
    others = [
        SourceRecord(f"b{n}", "Berta", f"{family(n)}{n:03d}", email=f"b{n}@example.org") for n in range(40)
    ]
    assert shared_by(warehouse, *annas, *others) == set()


def test_an_override_lets_a_shared_value_tie(warehouse: Warehouse) -> None:
    override(warehouse, "phone", STORE, carries_edges=True)
    warehouse.link(*strangers(14, phone=STORE, born=None))
    assert pairs(warehouse) == 13
    assert shared(warehouse) == {("phone", STORE, 14, 14, True, "override")}


def test_an_override_takes_the_power_of_an_ordinary_value(warehouse: Warehouse) -> None:
    override(warehouse, "phone", STORE, carries_edges=False)
    couple = (
        SourceRecord("a", "Anna", "Kowalski", phone=STORE),
        SourceRecord("b", "Anna", "Nowak", phone=STORE),
    )
    assert warehouse.link(*couple) == groups("a", "b")
    assert shared(warehouse) == {("phone", STORE, 2, 2, False, "override")}


def test_an_override_is_read_from_the_project_and_needs_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "config" / "linkage" / "shared_values.yml"
    file.parent.mkdir(parents=True)
    value = {
        "kind": "phone",
        "value": STORE,
        "carries_edges": True,
        "why": "The call centre of one customer.",
    }
    file.write_text(yaml.safe_dump({"values": [value]}), encoding="utf-8")
    assert load_project(tmp_path).linkage.value_overrides == [ValueOverride(**value)]  # type: ignore[arg-type]
    file.write_text(yaml.safe_dump({"values": [{**value, "why": ""}]}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"values\.0\.why"):
        load_project(tmp_path)
    file.write_text(yaml.safe_dump({"values": [value, value]}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"`values\.1` names a value that stands there before"):
        load_project(tmp_path)


def test_the_list_names_the_values_and_the_remedy(warehouse: Warehouse, tmp_path: Path) -> None:
    assert shared_by(warehouse, *strangers(14, phone=STORE))
    rows = warehouse.engine.fetch_arrow("from link.shared_value")
    night = tmp_path / "data" / "published" / "2026-05-04-test"
    night.mkdir(parents=True)
    with Engine.open(night / "identified.duckdb") as engine, engine.arrow_view(rows) as view:
        engine.create_schemas(["link"])
        engine.replace_table("link.shared_value", f"from {view}")
    point_current_to(night)
    shown = CliRunner().invoke(app, ["link", "values", "--project", str(tmp_path)], env={"COLUMNS": "200"})
    [row] = [line for line in shown.output.splitlines() if STORE in line]
    assert row.split()[:6] == ["phone", STORE, "1", "14", "14", "no"]
    assert "config/linkage/shared_values.yml" in shown.output


def test_without_a_night_the_list_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data" / "landing").mkdir(parents=True)
    shown = CliRunner().invoke(app, ["link", "values", "--project", str(tmp_path)], env={"COLUMNS": "200"})
    assert shown.exit_code == 1
    assert "no night is published yet. Run one first: cdp run" in shown.output
