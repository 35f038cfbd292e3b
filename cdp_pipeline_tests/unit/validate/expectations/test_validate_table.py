"""One table in, one verdict per expectation out: cheap, quiet, and without customers' values."""

from __future__ import annotations

import datetime as dt
import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError, ConfigError
from cdp_pipeline.validate.expectations import validate_table

NOT_NULL = ExpectationSpec(type="expect_column_values_to_not_be_null", kwargs={"column": "email"})
UNIQUE = ExpectationSpec(type="expect_column_values_to_be_unique", kwargs={"column": "email"})


class CountingEngine(Engine):
    """An engine that remembers the queries that read rows."""

    def __init__(self, connection: Any, **options: Any) -> None:
        super().__init__(connection, **options)
        self.queries: list[str] = []

    def fetch_all(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        self._remember(sql)
        return super().fetch_all(sql, parameters)

    def fetch_arrow(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        self._remember(sql)
        return super().fetch_arrow(sql, parameters)

    def _remember(self, sql: str) -> None:
        if not sql.startswith("describe") and not sql.endswith("limit 0"):
            self.queries.append(sql)


@pytest.fixture
def engine() -> Iterator[CountingEngine]:
    with CountingEngine.open() as engine:
        assert isinstance(engine, CountingEngine)
        engine.execute("create table people (id varchar, email varchar, visits integer, total decimal(18,2))")
        engine.execute(
            "insert into people values ('c', 'ann@example.org', 1, 10.5), ('a', null, 2, 0.5), "
            "('b', 'ann@example.org', 3, null), ('d', 'secret.name', 400, 1)"
        )
        engine.queries.clear()
        yield engine


def spec(expectation_type: str, **kwargs: Any) -> ExpectationSpec:
    return ExpectationSpec(type=expectation_type, kwargs=kwargs)


def test_failing_keys_are_ordered_and_carry_the_key_columns_only(engine: CountingEngine) -> None:
    [verdict] = validate_table(engine, "people", [UNIQUE], ["id"], with_failing_keys=True)

    assert (verdict.is_met, verdict.evaluated_rows, verdict.failing_rows) == (False, 4, 2)
    assert verdict.failing_keys.to_pydict() == {"id": ["b", "c"]}


def test_a_suite_is_one_statement_and_failing_keys_a_second(engine: CountingEngine) -> None:
    unique = spec("expect_column_values_to_be_unique", column="id")
    suite = [NOT_NULL, unique, spec("expect_column_mean_to_be_between", column="visits", min_value=1)]

    validate_table(engine, "people", suite, ["id"])
    assert len(engine.queries) == 1

    engine.queries.clear()
    validate_table(engine, "people", suite, ["id"], with_failing_keys=True)
    assert len(engine.queries) == 2


def test_values_are_grouped_only_where_their_hashes_repeat(engine: CountingEngine) -> None:
    validate_table(engine, "people", [UNIQUE], ["id"])
    assert "count(distinct hash(" in engine.queries[0]
    assert len(engine.queries) == 2, "ann@example.org stands twice, so the values themselves are counted"


def test_bounds_may_move_with_the_business_date(engine: CountingEngine) -> None:
    engine.execute("create table visit as select 'a' as id, timestamp '2026-05-05 23:59:59' as seen_at")
    timely = spec(
        "expect_column_values_to_be_between",
        column="seen_at",
        min_value="1990-01-01T00:00:00",
        max_value="business_date + 2 days",
        strict_max=True,
    )
    fresh = spec("expect_column_max_to_be_between", column="seen_at", min_value="business_date - 30 days")

    def met(night: dt.date) -> list[bool]:
        return [
            verdict.is_met
            for verdict in validate_table(engine, "visit", [timely, fresh], ["id"], business_date=night)
        ]

    assert met(dt.date(2026, 5, 4)) == [True, True]
    assert met(dt.date(2026, 5, 3)) == [False, True], "more than a day in the future"
    assert met(dt.date(2026, 6, 4)) == [True, True]
    assert met(dt.date(2026, 6, 5)) == [True, False], "nothing new for more than 30 days"


def test_great_expectations_keeps_its_own_classes_in_its_registry(engine: CountingEngine) -> None:
    validate_table(engine, "people", [UNIQUE], ["id"])
    from great_expectations.expectations.registry import get_expectation_impl

    registered = get_expectation_impl(UNIQUE.type)
    assert registered.__module__ == "great_expectations.expectations.core.expect_column_values_to_be_unique"
    assert "configuration" not in vars(registered)


def test_no_second_statement_when_nothing_failed(engine: CountingEngine) -> None:
    [verdict] = validate_table(
        engine, "people", [NOT_NULL], ["id"], where="email is not null", with_failing_keys=True
    )

    assert verdict.is_met
    assert verdict.failing_keys.column_names == ["id"]
    assert len(engine.queries) == 1


def test_rows_outside_where_do_not_exist(engine: CountingEngine) -> None:
    [verdict] = validate_table(engine, "people", [UNIQUE], ["id"], where="id <> 'b'")

    assert (verdict.is_met, verdict.evaluated_rows) == (True, 3)


def test_keys_are_collected_for_critical_row_level_expectations_only(engine: CountingEngine) -> None:
    warning = UNIQUE.model_copy(update={"severity": Severity.WARNING})
    aggregate = spec("expect_column_max_to_be_between", column="visits", max_value=3)

    verdicts = validate_table(
        engine, "people", [warning, NOT_NULL, aggregate], ["id"], with_failing_keys=True
    )

    assert [v.failing_rows for v in verdicts] == [2, 1, 0]
    assert [v.failing_keys.num_rows for v in verdicts] == [0, 1, 0]


def test_mostly_forgives_but_failing_rows_are_still_named(engine: CountingEngine) -> None:
    forgiving = spec("expect_column_values_to_not_be_null", column="email", mostly=0.75)

    [verdict] = validate_table(engine, "people", [forgiving], ["id"], with_failing_keys=True)

    assert verdict.is_met
    assert verdict.failing_keys.to_pydict() == {"id": ["a"]}


def test_verdicts_stand_in_the_order_of_the_expectations_even_if_declared_twice(
    engine: CountingEngine,
) -> None:
    verdicts = validate_table(engine, "people", [UNIQUE, NOT_NULL, UNIQUE], ["id"], with_failing_keys=True)

    assert [v.expectation for v in verdicts] == [UNIQUE, NOT_NULL, UNIQUE]
    assert [v.failing_keys.num_rows for v in verdicts] == [2, 1, 2]


def test_a_view_is_validated_like_a_table(engine: CountingEngine) -> None:
    engine.execute("create view visitors as select * from people where visits < 400")

    [verdict] = validate_table(engine, "main.visitors", [UNIQUE], ["id"])

    assert verdict.evaluated_rows == 3


@pytest.mark.parametrize(
    ("expectation", "observed"),
    [
        (spec("expect_table_row_count_to_equal", value=4), 4),
        (spec("expect_column_unique_value_count_to_be_between", column="email", min_value=1), 2),
        (spec("expect_table_columns_to_match_set", column_set=["id"]), "email, id, total, visits"),
        (spec("expect_column_max_to_be_between", column="visits", max_value=1), None),
        (spec("expect_column_sum_to_be_between", column="visits", max_value=1), None),
    ],
)
def test_observed_is_never_the_value_of_a_customer(
    engine: CountingEngine, expectation: ExpectationSpec, observed: object
) -> None:
    [verdict] = validate_table(engine, "people", [expectation], ["id"])

    assert verdict.observed == observed


def test_a_sum_over_many_rows_is_shown(engine: CountingEngine) -> None:
    engine.execute("insert into people select 'n' || i, null, 1, 0.25 from range(10) r(i)")

    [verdict] = validate_table(
        engine, "people", [spec("expect_column_sum_to_be_between", column="total", min_value=0)], ["id"]
    )

    assert verdict.observed == "14.50"


def test_missing_columns_and_keys_are_refused_by_name(engine: CountingEngine) -> None:
    with pytest.raises(
        ConfigError, match=r"people: expectation `expect_column_values_to_be_null`: .* no column phone"
    ):
        validate_table(engine, "people", [spec("expect_column_values_to_be_null", column="phone")], ["id"])
    with pytest.raises(ConfigError, match="people: key column line does not exist"):
        validate_table(engine, "people", [NOT_NULL], ["id", "line"])


def test_a_metric_that_cannot_be_computed_is_named_without_quoting_values(engine: CountingEngine) -> None:
    engine.execute("create view broken as select id, cast(email as integer) as email from people")

    with pytest.raises(CdpError) as failure:
        validate_table(
            engine, "broken", [spec("expect_column_max_to_be_between", column="email", max_value=1)], ["id"]
        )

    assert "column.max of email" in str(failure.value)
    assert "ann@" not in str(failure.value)
    assert failure.value.__context__ is None


def test_no_expectations_need_no_query(engine: CountingEngine) -> None:
    assert validate_table(engine, "people", [], ["id"]) == []
    assert engine.queries == []


def test_nothing_is_printed_or_logged_and_no_folder_appears(tmp_path: Any) -> None:
    program = (
        "import logging, warnings\n"
        "logging.basicConfig(level=logging.INFO)\n"
        "before = warnings.showwarning\n"
        "from cdp_pipeline.contracts.expectation import ExpectationSpec\n"
        "from cdp_pipeline.engine import Engine\n"
        "from cdp_pipeline.validate.expectations import validate_table\n"
        "spec = ExpectationSpec(type='expect_column_values_to_be_unique', kwargs={'column': 'email'})\n"
        "with Engine.open() as engine:\n"
        "    engine.execute(\"create table people as select 'ann@example.org' as email from range(2)\")\n"
        "    [verdict] = validate_table(engine, 'people', [spec], ['email'])\n"
        "assert verdict.failing_rows == 2\n"
        "assert warnings.showwarning is before\n"
        "import sys\n"
        "assert 'scipy.optimize' not in sys.modules, 'nothing here reads scipy.stats, which loads it'\n"
        "import scipy.stats\n"
        "assert scipy.stats.norm.cdf(0) == 0.5, 'whoever needs it, has it'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def _environment() -> dict[str, str]:
    import os

    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(["."] if not sys.path else [p for p in sys.path if p]),
    }


def test_logs_hold_no_values(engine: CountingEngine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        validate_table(engine, "people", [UNIQUE, NOT_NULL], ["id"], with_failing_keys=True)

    assert "ann@example.org" not in caplog.text
