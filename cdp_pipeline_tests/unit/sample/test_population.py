"""What the systems know of a sample's people: equal for equal seeds, with troubles at their rates."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.sample import population
from cdp_pipeline.sample.cast import load_cast
from cdp_pipeline.sample.people import people as chunked
from cdp_pipeline.sample.people.append import append
from cdp_pipeline.sample.people.habits import rates
from cdp_pipeline.sample.people.observation import TROUBLES
from cdp_pipeline.sample.population import apply_changes, build_population

PEOPLE, NIGHTS = 6_000, 3
RECORDS = ("crm", "shop", "member", "subscriber")
TABLES = (
    "person", *RECORDS, "guest", "cashier", "cast_order", "cast_till_customer", "record_change",
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[Engine]:
    with Engine.open() as engine:
        build_population(engine, PEOPLE, seed=5, nights=NIGHTS)
        yield engine


def fingerprints(people: int, seed: int, nights: int = 2, threads: int = 2) -> dict[str, int]:
    with Engine.open(None, EngineOptions(threads=threads)) as engine:
        build_population(engine, people, seed, nights)
        return {
            table: engine.fetch_value(f"select sum(hash(t))::hugeint from {table} as t") for table in TABLES
        }


def test_equal_seeds_give_equal_tables_whatever_the_threads() -> None:
    assert fingerprints(400, seed=3, threads=1) == fingerprints(400, seed=3, threads=4)


@pytest.mark.parametrize("people", [200, 3_000])
def test_most_people_are_there_on_the_first_night_however_many_follow(people: int) -> None:
    nights = 60
    with Engine.open() as engine:
        build_population(engine, people, seed=5, nights=nights)
        for table in ("crm", "shop", "member", "subscriber"):
            [(on_the_first, latest, left)] = engine.fetch_all(
                f"select avg((night = 1)::int), max(night), avg((gone_night > 0)::int) from {table}"
                " where cast_label = '' and person >= 0"
            )
            assert on_the_first > 0.5, table
            assert 30 < latest <= nights, table
            assert left < 0.3, table
        moved = engine.fetch_value("select count(distinct person) from crm where troubles like '%moved%'")
        assert engine.fetch_value("select avg((first_night = 1)::int) from person") > 0.7
        assert moved < people / 2


def test_other_seeds_give_other_people_but_the_same_cast() -> None:
    first, second = fingerprints(400, seed=3), fingerprints(400, seed=4)
    assert {table for table in TABLES if first[table] == second[table]} == {
        "cast_order",
        "cast_till_customer",
    }


def test_a_chunk_does_not_depend_on_those_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "CHUNK", 300)
    cast = load_cast().people
    names = "select given, family, birth_date, street, mobile from person where person < ? order by person"
    records = "select id, given, family, phone, street, troubles from crm where row < 80 order by row"
    found = []
    for people in (300 + cast, 900 + cast):
        with Engine.open() as engine:
            build_population(engine, people, seed=9, nights=1)
            found.append((engine.fetch_all(names, [300 + cast]), engine.fetch_all(records)))
    assert found[0] == found[1]


def test_chunks_are_one_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "CHUNK", 300)
    with Engine.open() as engine:
        build_population(engine, 1_000, seed=9, nights=2)
        for table in (*RECORDS, "guest", "cashier"):
            rows = engine.fetch_column(f"select row from {table} order by row")
            assert rows == list(range(len(rows))), table
        for table in RECORDS:
            assert engine.fetch_value(f"select count(*) - count(distinct id) from {table}") == 0
        assert engine.fetch_value("select count(*) - count(distinct email) from person") == 0
        assert engine.fetch_value("select count(*) - count(distinct mobile) from person") == 0
        assert engine.fetch_value("select count(distinct guest) - max(guest) - 1 from guest") == 0
        assert engine.fetch_value("select count(distinct (guest, person)) - max(guest) - 1 from guest") == 0
        born_alike = (
            "select count(*) - count(distinct (given, family, birth_date)) from person where not is_stranger"
        )
        assert engine.fetch_value(born_alike) < 5


def test_everybody_is_known_somewhere(world: Engine) -> None:
    known = " union ".join(f"select person from {table}" for table in (*RECORDS, "guest"))
    assert world.fetch_value(f"select count(*) from person where person not in ({known})") == 0


@pytest.mark.parametrize("system", RECORDS)
def test_systems_know_their_share_of_the_people(world: Engine, system: str) -> None:
    [(people, twice)] = world.fetch_all(
        f"select count(distinct person), count(*) - count(distinct person) from {system}"
        " where person >= 0 and cast_label = ''"
    )
    expected = rates("systems")["coverage"][system]
    assert expected - 0.02 < people / PEOPLE < expected + 0.09  # who is known nowhere else is added
    assert twice / people == pytest.approx(rates("systems")["known_twice"][system], abs=0.02)


def rate(world: Engine, system: str, trouble: str, among: str) -> float:
    flagged = f"contains(';' || {system}.troubles, ';{trouble};')"
    return float(
        world.fetch_value(
            f"select count(*) filter ({flagged}) / count(*) from {system} join person using (person) where {among}"
        )
    )


# Rates that later steps hardly touch, measured among the records to which the habit can apply.
@pytest.mark.parametrize(
    ("system", "trouble", "among"),
    [
        ("crm", "married", "birth_family != ''"),
        ("crm", "moved", "crm.street != '' and old_street != ''"),
        ("crm", "shared_phone", "crm.phone != '' and phone_shared != ''"),
        ("shop", "shared_email", "shop.email != '' and email_shared != ''"),
        ("shop", "lower_case", "shop.given != ''"),
        ("crm", "swapped_names", "true"),
        ("crm", "email_typo", "crm.email != ''"),
        ("crm", "phone_typo", "crm.phone != ''"),
        ("crm", "junk_phone", "crm.phone != ''"),
        ("crm", "junk_email", "crm.email != ''"),
        ("member", "store_phone", "member.phone != ''"),
        ("member", "birth_date_error", "member.birth_date != ''"),
        ("member", "partial_birth_date", "member.birth_date != ''"),
        ("member", "placeholder_birth_date", "member.birth_date != ''"),
        ("crm", "street_variant", "crm.street like '%tr%' and person.street like '%ß%'"),
        ("crm", "address_typo", "crm.street != ''"),
        ("member", "missing_given", "true"),
        ("subscriber", "nameless", "true"),
        ("cashier", "capitals", "cashier.family != ''"),
        ("cashier", "initials", "cashier.given != ''"),
        ("crm", "umlaut", "person.family similar to '.*[äöüß].*' and family_one = ''"),
        ("crm", "double_name_cut", "given_one != '' and family_one = ''"),
        ("crm", "gmail_spelling", "crm.email like '%@gmail.com'"),
    ],
)
def test_troubles_come_at_their_rates(world: Engine, system: str, trouble: str, among: str) -> None:
    expected = rates(system)[trouble]
    assert rate(world, system, trouble, among) == pytest.approx(expected, rel=0.25, abs=0.012)


@pytest.mark.parametrize("trouble", [name for name in TROUBLES if name != "crm_deleted"])
def test_every_trouble_occurs(world: Engine, trouble: str) -> None:
    flagged = f"contains(';' || troubles, ';{trouble};')"
    drawn = " union all ".join(f"select troubles from {table}" for table in (*RECORDS, "guest", "cashier"))
    changed = "select added_troubles from record_change"
    assert world.fetch_value(f"select count(*) from ({drawn} union all {changed}) where {flagged}") > 0


def test_flags_say_what_differs_from_the_truth(world: Engine) -> None:
    unexplained = world.fetch_value(
        "select count(*) from crm join person using (person) where crm.email not in ('', person.email)"
        " and not regexp_matches(troubles, 'second_email|shared_email|email_typo|gmail_spelling|junk_email')"
    )
    assert unexplained == 0
    unexplained = world.fetch_value(
        "select count(*) from shop join person using (person) where lower(shop.family) != lower(person.family)"
        " and not regexp_matches(troubles,"
        " 'married|double_name_cut|typo|misheard|misread|mojibake|swapped_names|umlaut|nameless')"
    )
    assert unexplained == 0


def test_the_cast_stands_first_as_written(world: Engine) -> None:
    rows = world.fetch_all("select given, family, person from crm where row < 2 order by row")
    assert rows == [("Lena", "Hofmann", 0), ("Jana", "Hofmann", 1)]
    assert world.fetch_value("select count(*) from crm where cast_label != '' and person >= 0") > 20
    [(merged, survivor)] = world.fetch_all(
        "select merged.merged_into_id, survivor.family from crm as merged"
        " join crm as survivor on survivor.id = merged.merged_into_id where merged.given = 'Rike'"
        " and merged.cast_label != ''"
    )
    assert (len(merged), survivor) == (18, "Tiedemann")


def test_merged_contacts_name_a_survivor_of_the_same_person(world: Engine) -> None:
    pairs = world.fetch_all(
        "select distinct merged.person = survivor.person, merged.night >= survivor.night, survivor.merged_into_id"
        " from crm as merged left join crm as survivor on survivor.id = merged.merged_into_id"
        " where merged.merged_into_id != ''"
    )
    assert pairs == [(True, True, "")]


def test_junk_belongs_to_nobody(world: Engine) -> None:
    assert world.fetch_column("select distinct person from crm where contains(troubles, 'junk_record')") == [
        -1
    ]


@pytest.mark.parametrize("system", RECORDS)
def test_each_night_brings_new_records_and_takes_some_away(world: Engine, system: str) -> None:
    assert world.fetch_column(f"select distinct night from {system} order by 1") == [1, 2, 3]
    gone = world.fetch_all(f"select night, gone_night from {system} where gone_night > 0")
    assert gone
    assert all(first < last <= NIGHTS for first, last in gone)


def test_changes_are_applied_night_by_night() -> None:
    with Engine.open() as engine:
        build_population(engine, 3_000, seed=6, nights=NIGHTS)
        changed = engine.fetch_all(
            "select row, street, family from record_change where table_name = 'crm' and night = 2 and street != ''"
        )
        untouched = "select sum(hash(crm)) from crm where row not in (select row from record_change)"
        before = engine.fetch_value(untouched)
        apply_changes(engine, 2)
        streets = dict(engine.fetch_all("select row, street from crm"))
        assert changed
        assert all(streets[row] == street for row, street, _ in changed)
        assert engine.fetch_value(untouched) == before
        assert "moved" in engine.fetch_value("select troubles from crm where row = ?", [changed[-1][0]])


def test_a_record_changes_once_a_night(world: Engine) -> None:
    most = world.fetch_value(
        "select max(n) from (select count(*) as n from record_change group by night, table_name, row)"
    )
    assert most == 1


def test_an_unsubscribed_reader_leaves_once(world: Engine) -> None:
    leavers = world.fetch_column(
        "select count(*) from record_change where status = 'unsubscribed' group by row"
    )
    assert len(leavers) > 20
    assert set(leavers) == {1}


def test_memory_does_not_grow_with_the_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "CHUNK", 1_000)
    # More than one commit's chunks in either case.
    few, many = most_bytes_of_columns(monkeypatch, 4_500), most_bytes_of_columns(monkeypatch, 12_500)
    assert many < 1.3 * few


def most_bytes_of_columns(monkeypatch: pytest.MonkeyPatch, people: int) -> int:
    """Return the most bytes that columns outside the engine took whenever rows were handed to it."""
    taken: list[int] = []

    def weigh_and_append(engine: Engine, table: str, rows: pa.Table) -> None:
        taken.append(pa.total_allocated_bytes())
        append(engine, table, rows)

    monkeypatch.setattr(population, "append", weigh_and_append)
    with Engine.open() as engine:
        build_population(engine, people, seed=2, nights=1)
    return max(taken) - taken[0]
