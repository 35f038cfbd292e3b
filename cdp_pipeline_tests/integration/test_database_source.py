"""Sources that are read from a real PostgreSQL and a real MariaDB server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest
import sqlalchemy as sa

from cdp_pipeline.contracts.source import DatabaseExtract, Delivery
from cdp_pipeline.extract.database import reading
from cdp_pipeline.extract.database.reading import read_database
from cdp_pipeline_tests.database_nights import URL_ENV, DatabaseNights
from cdp_pipeline_tests.servers import PASSWORD, DatabaseServer, free_port
from cdp_pipeline_tests.unit.validate.landing_nights import members_layout

MEMBERS = """
create table members (no text primary key, city text, updated timestamptz not null default now());
insert into members values
    ('1', 'Bonn', '2026-05-01 10:00+02'), ('2', 'Kiel', '2026-05-02 10:00+02'), ('3', null, '2026-05-03 10:00+02');
"""


class Database:
    """A database of the test's own, on a running server."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)

    def run(self, sql: str) -> None:
        with self.engine.begin() as connection:
            for statement in filter(str.strip, sql.split(";")):
                connection.exec_driver_sql(statement)


@pytest.fixture
def postgres(postgresql: DatabaseServer, monkeypatch: pytest.MonkeyPatch) -> Database:
    database = Database(postgresql.url)
    database.run("drop schema public cascade; create schema public")
    monkeypatch.setenv(URL_ENV, postgresql.url.replace("+psycopg", ""))
    return database


@pytest.fixture
def maria(mariadb: DatabaseServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    database = Database(mariadb.url)
    monkeypatch.setenv(URL_ENV, mariadb.url.replace("+pymysql", ""))
    yield database
    database.run("drop table if exists members")


@pytest.fixture
def club(postgres: Database, tmp_path: Path) -> Iterator[DatabaseNights]:
    postgres.run(MEMBERS)
    nights = DatabaseNights(tmp_path, watermark="updated", lookback_minutes=60)
    yield nights
    nights.engine.close()


def read_rows(tmp_path: Path, **asked: object) -> dict[str, list[str | None]]:
    """Read a table or query straight into a file and return its columns."""
    database = DatabaseExtract.model_validate({"url_env": URL_ENV, **asked})
    read_database(
        database, members_layout(), "database:club/members/x", tmp_path / "x.parquet", after=None, zone="UTC"
    )
    found: dict[str, list[str | None]] = pyarrow.parquet.read_table(tmp_path / "x.parquet").to_pydict()
    return found


def test_values_of_postgresql_become_exact_text(postgres: Database, tmp_path: Path) -> None:
    query = """
    select
        timestamptz '2026-05-04 10:00+02' as with_zone, timestamptz '2026-05-04 10:00:00.125+02' as with_fraction,
        timestamp '2026-05-04 10:00' as without_zone, date '2026-05-04' as day, time '10:30' as clock,
        12345678901234567890.10::numeric as amount, 0.000000001::numeric as tiny, 1e20::numeric as huge, true as yes,
        '{"b": 1.10, "a": [1, "x  y"]}'::jsonb as document, array['a', null, 'c'] as tags, array[1.50] as prices,
        '7d444840-9dc0-11d1-b245-5ffdce74fad2'::uuid as id, null::text as nothing, '' as empty, 0.1::float8 as ratio
    """
    assert read_rows(tmp_path, query=query) == {
        "with_zone": ["2026-05-04T08:00:00Z"],
        "with_fraction": ["2026-05-04T08:00:00.125Z"],
        "without_zone": ["2026-05-04T10:00:00"],
        "day": ["2026-05-04"],
        "clock": ["10:30:00"],
        "amount": ["12345678901234567890.10"],
        "tiny": ["0.000000001"],
        "huge": ["100000000000000000000"],
        "yes": ["true"],
        "document": ['{"a":[1,"x  y"],"b":1.10}'],
        "tags": ['["a",null,"c"]'],
        "prices": ["[1.50]"],
        "id": ["7d444840-9dc0-11d1-b245-5ffdce74fad2"],
        "nothing": [None],
        "empty": [""],
        "ratio": ["0.1"],
    }


def test_values_of_mariadb_become_exact_text(maria: Database, tmp_path: Path) -> None:
    maria.run(
        "create table members (no int, moment timestamp null, local datetime(3), amount decimal(20, 2), doc json,"
        " day date, name varchar(40) character set utf8mb4);"
        "set time_zone = '+02:00';"
        "insert into members values (1, '2026-05-04 10:00:00', '2026-05-04 10:00:00.125', 1234567890123456.10,"
        " '{\"a\":  1.10}', '2026-05-04', 'Zoë'), (2, null, null, null, null, null, null)"
    )
    assert read_rows(tmp_path, table="members") == {
        "no": ["1", "2"],
        "moment": ["2026-05-04T08:00:00Z", None],
        "local": ["2026-05-04T10:00:00.125", None],
        "amount": ["1234567890123456.10", None],
        "doc": ['{"a":  1.10}', None],  # MariaDB keeps the text that it was given
        "day": ["2026-05-04", None],
        "name": ["Zoë", None],
    }


def test_only_changed_rows_are_read_again(club: DatabaseNights, postgres: Database) -> None:
    club.run(4)
    assert club.members() == [("1", "Bonn"), ("2", "Kiel"), ("3", None)]
    postgres.run(
        "update members set city = 'Ulm', updated = '2026-05-04 10:00+02' where no = '1';"
        "insert into members values ('4', 'Jena', '2026-05-04 11:00+02')"
    )
    club.run(5)
    assert club.members() == [("1", "Ulm"), ("2", "Kiel"), ("3", None), ("4", "Jena")]
    assert [records for _, records, _ in club.reads()] == [3, 3]  # 3 again, since its time is the watermark
    assert club.rows("select watermark, watermark_type from extract.watermark") == [
        ("2026-05-04T09:00:00+00:00", "timestamp with time zone")
    ]


def test_a_row_that_was_committed_late_still_comes(club: DatabaseNights, postgres: Database) -> None:
    club.run(4)
    postgres.run(
        "insert into members values ('4', 'Jena', '2026-05-03 09:30+02'), ('5', 'Hof', '2026-05-03 08:30+02')"
    )
    club.run(5)
    assert ("4", "Jena") in club.members(), "half an hour behind the watermark, within the lookback"
    assert ("5", "Hof") not in club.members(), (
        "an hour and a half behind it, which the lookback does not reach"
    )


def test_nothing_new_makes_no_file(club: DatabaseNights) -> None:
    for day in (4, 5, 6):
        club.run(day)
    assert [records for _, records, _ in club.reads()] == [3, 1]  # the second: the row at the watermark, once
    assert len(club.members()) == 3


def test_a_snapshot_reveals_deletions(club: DatabaseNights, postgres: Database) -> None:
    club.configure(delivery=Delivery.SNAPSHOT)
    club.run(4)
    postgres.run("delete from members where no = '2'")
    club.run(4)
    assert club.members() == [("1", "Bonn"), ("3", None)], "read again on the same day"
    postgres.run("delete from members where no = '3'")
    club.run(5)
    assert club.members() == [("1", "Bonn")]


def test_the_watermark_stays_until_the_file_is_entered(club: DatabaseNights, postgres: Database) -> None:
    club.extract(4, until="extract.database_read")  # and the process dies
    postgres.run("insert into members values ('4', 'Jena', '2026-05-04 11:00+02')")
    club.run(5)
    assert [number for number, _ in club.members()] == ["1", "2", "3", "4"]
    assert [records for _, records, _ in club.reads()] == [3, 4]


def test_a_file_that_is_lost_before_it_is_accepted_is_read_again(club: DatabaseNights) -> None:
    club.extract(4, until="extract.watermark")
    for path in club.project.database_spool.rglob("*.parquet"):
        path.unlink()
    club.run(5)
    assert len(club.members()) == 3


def test_files_are_private_and_go_once_their_records_are_accepted(
    club: DatabaseNights, postgres: Database
) -> None:
    club.run(4)
    [path] = club.project.database_spool.rglob("*.parquet")
    assert path.stat().st_mode & 0o777 == 0o600
    postgres.run("insert into members values ('4', 'Jena', '2026-05-04 11:00+02')")
    club.run(5)
    assert path not in club.project.database_spool.rglob("*.parquet")
    assert len(club.members()) == 4


def test_a_database_that_is_away_blocks_its_source_alone(
    club: DatabaseNights, postgres: Database, monkeypatch: pytest.MonkeyPatch, postgresql: DatabaseServer
) -> None:
    club.run(4)
    monkeypatch.setenv(URL_ENV, f"postgresql://cdp:{PASSWORD}@127.0.0.1:{free_port()}/postgres")
    club.run(5)
    [why] = club.refusals()
    assert why.startswith("database:club/members/2026-05-05")
    assert URL_ENV in why
    assert PASSWORD not in why
    assert len(club.members()) == 3, "the last good data"
    assert club.rows("select source_system from validate.blocked_source") == [("club",)]
    monkeypatch.setenv(URL_ENV, postgresql.url)
    postgres.run("insert into members values ('4', 'Jena', '2026-05-04 11:00+02')")
    club.run(6)
    assert club.refusals() == []
    assert len(club.members()) == 4


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"table": "nowhere"}, "nowhere does not exist there"),
        ({"watermark": "changed_at"}, "no watermark column changed_at"),
        ({"query": "select no from membres"}, "the query does not exist there"),
        ({"query": "select nmae from members"}, "a column that the source names does not exist"),
        ({"query": "select nextval('counter')"}, "only reading is allowed"),
        ({"query": "select no, city as no from members"}, "names these columns twice: ['no']"),
        ({"query": "select no, '\\x00'::bytea as photo from members"}, "column photo holds bytes"),
        (
            {"query": "select no, int4range(1, 3) as span from members"},
            "column span holds values of type Range",
        ),
        ({"query": "select no from"}, "refuses the statement"),
        ({"query": "select 'secret'::int as no from members"}, "refuses the statement"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(
    club: DatabaseNights, postgres: Database, asked: dict[str, str], words: str
) -> None:
    postgres.run("create sequence counter")
    club.configure(**asked)
    club.extract()
    [why] = club.refusals()
    assert words in why
    assert "secret" not in why


def test_wrong_password_and_missing_right_name_the_variable(
    club: DatabaseNights, postgres: Database, postgresql: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.run("create role reader login password 'reads-nothing';grant usage on schema public to reader")
    for user, words in (
        ("cdp:wrong", "does not let this user in"),
        ("reader:reads-nothing", "may not read members"),
    ):
        monkeypatch.setenv(URL_ENV, f"postgresql://{user}@127.0.0.1:{postgresql.port}/postgres")
        club.extract()
        [why] = club.refusals()
        assert words in why
        assert URL_ENV in why
        assert user.partition(":")[2] not in why
    postgres.run("drop owned by reader; drop role reader")


def test_rows_that_come_while_reading_belong_to_the_next_night(
    club: DatabaseNights, postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = reading._stream

    def insert_and_stream(*args: object) -> object:
        postgres.run("insert into members values ('4', 'Jena', '2026-05-04 11:00+02')")
        return stream(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "_stream", insert_and_stream)
    club.run(4)
    assert (club.refusals(), len(club.members())) == ([], 3)
    monkeypatch.undo()


def test_rows_that_the_count_does_not_know_refuse_the_read(
    club: DatabaseNights, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = reading._stream
    monkeypatch.setattr(
        reading, "_stream", lambda *args: (stream(*args)[0] - 1, None)
    )  # a driver that loses a row
    club.extract()
    [why] = club.refusals()
    assert "the database counts 3 rows and gave 2" in why
    assert not list(club.project.database_spool.rglob("*.*"))


def test_names_are_quoted_as_the_database_has_them(postgres: Database, tmp_path: Path) -> None:
    postgres.run('create schema "Shop"; create table "Shop"."Order Items" ("No" int, "select" text)')
    postgres.run("""insert into "Shop"."Order Items" values (1, 'a:b %%s')""")
    assert read_rows(tmp_path, table="Shop.Order Items") == {"No": ["1"], "select": ["a:b %s"]}
    query = """select "No", "select", ':x %' as mark from "Shop"."Order Items";"""
    assert read_rows(tmp_path, query=query) == {"No": ["1"], "select": ["a:b %s"], "mark": [":x %"]}


def test_a_row_from_the_future_does_not_hide_later_changes(club: DatabaseNights, postgres: Database) -> None:
    postgres.run("insert into members values ('4', 'Jena', '2099-01-01')")
    club.run(4)
    postgres.run("insert into members values ('5', 'Hof', now())")
    club.run(5)
    assert ("5", "Hof") in club.members()


def test_naive_times_numbers_and_dates_serve_as_watermarks(postgres: Database, tmp_path: Path) -> None:
    for kind, first, second in (
        ("timestamp", "'2026-05-01 10:00'", "'2026-05-01 11:00'"),
        ("date", "'2026-05-01'", "'2026-05-02'"),
        ("bigint", "9", "10"),
        ("numeric", "9.5", "10.5"),
    ):
        postgres.run(
            f"drop table if exists members; create table members (no text, city text, updated {kind})"
        )
        postgres.run(f"insert into members values ('1', 'Bonn', {first}), ('2', 'Kiel', null)")
        nights = DatabaseNights(tmp_path / kind, watermark="updated", lookback_minutes=30)
        nights.extract(4)
        postgres.run(f"insert into members values ('3', 'Ulm', {second})")
        nights.extract(5)
        found = nights.rows("select member_no, count(*) from extract.raw_members group by 1 order by 1")
        nights.engine.close()
        assert found == [("1", 2), ("2", 2), ("3", 1)], kind  # 2 has no watermark, so it comes every time


def test_a_large_table_is_streamed_in_bounded_memory(postgres: Database, tmp_path: Path) -> None:
    query = "select n, repeat('x', 2000) as text, now() as moment from generate_series(1, 100000) as n"
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # begins the process's peak anew
    before = peak_megabytes()
    database = DatabaseExtract(url_env=URL_ENV, query=query)
    found = read_database(database, members_layout(), "x", tmp_path / "x.parquet", after=None, zone="UTC")
    assert found.records == 100_000
    assert peak_megabytes() - before < 120, "of 200 MB"


def peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def test_mariadb_is_read_by_watermark_too(maria: Database, tmp_path: Path) -> None:
    maria.run("create table members (no varchar(9), city varchar(9), updated datetime)")
    maria.run(
        "insert into members values ('1', 'Bonn', '2026-05-01 10:00'), ('2', 'Kiel', '2026-05-02 10:00')"
    )
    nights = DatabaseNights(tmp_path, watermark="updated")
    nights.run(4)
    maria.run("update members set city = 'Ulm', updated = '2026-05-03 10:00' where no = '1'")
    nights.run(5)
    assert nights.members() == [("1", "Ulm"), ("2", "Kiel")]
    assert [records for _, records, _ in nights.reads()] == [2, 2]
    nights.configure(table="nowhere")
    nights.extract(6)
    [why] = nights.refusals()
    assert "nowhere does not exist there" in why
    nights.engine.close()
