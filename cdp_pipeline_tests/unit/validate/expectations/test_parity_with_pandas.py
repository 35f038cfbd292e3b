"""Our engine gives the verdicts, counts and failing keys of Great Expectations on pandas.

Every supported expectation stands in CASES; one that is added without a case fails the first test.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.engine import Engine
from cdp_pipeline.validate.expectations import SUPPORTED_EXPECTATIONS, Verdict, validate_table

KEY = ["source_record_id", "line"]

COLUMNS = (
    "source_record_id varchar, line integer, email varchar, name varchar, visits integer, score double, "
    "total decimal(18,2), refunded decimal(18,2), born_on date, first_seen_at timestamp, "
    "last_seen_at timestamp, is_member boolean"
)
ROWS = """
('r1', 1, 'ann@example.org', 'Ann', 3, 0.1, 10.50, 0.00, '1980-02-29', '2026-01-01 10:00', '2026-02-01', true),
('r1', 2, 'ann@example.org', 'Ann', 3, 0.1, 10.50, 10.50, '1980-02-29', '2026-01-01 10:00', '2026-01-01 10:00', true),
('r2', 1, 'jörg@müller.example','Jörg', -4, -2.5, -10.25, 0.25, '1899-12-31', '2026-03-01', '2026-02-01', false),
('r3', 1, 'BOB@EXAMPLE.ORG', 'O''Hara', 0, 'nan', 0.00, 0.00, '2026-05-04', null, '2026-02-01 12:30', null),
('r4', 1, null, null, null, null, null, 5.00, null, '2026-01-05', null, true),
('r5', 1, '', '张伟', 7, 1e300, 0.75, 0.50, '2001-09-11', '2026-01-05', '2026-01-05', false),
('r6', 1, 'x@y', E'tab\\tend\\n', 7, -0.0, 99.00, 1.00, '2001-09-11', null, null, null),
('r7', 1, ' lead@example.org ', 'Zoë 👩‍👧', 12, 0.0, 99.00, 1.00, '1970-01-01', '1969-12-31 23:59:59', '2030-01-01', true),
('r8', 1, 'tel٣@example.org', E'a\\u000bb', 5, 'nan', 1000.00, 2.00, '2000-02-29', '2026-01-01 10:00', '2026-01-01 10:00', false)
"""  # noqa: E501 - a row stays on its line

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
SEEN = {"column_A": "last_seen_at", "column_B": "first_seen_at"}
MONEY = {"column_A": "total", "column_B": "refunded", "ignore_row_if": "either_value_is_missing"}

CASES: dict[str, list[dict[str, Any]]] = {
    "expect_column_values_to_not_be_null": [
        {"column": "email"},
        {"column": "email", "mostly": 0.8},
        {"column": "score"},
        {"column": "line"},
    ],
    "expect_column_values_to_be_null": [{"column": "email"}, {"column": "score", "mostly": 0.3}],
    "expect_column_values_to_be_unique": [
        {"column": "source_record_id"},
        {"column": "email"},
        {"column": "score"},
        {"column": "born_on"},
        {"column": "total", "mostly": 0.5},
        {"column": "is_member"},
        {"column": "last_seen_at"},
    ],
    "expect_column_values_to_be_in_set": [
        {"column": "name", "value_set": ["Ann", "Jörg", "O'Hara"]},
        {"column": "visits", "value_set": [3, 7, 2.5]},
        {"column": "score", "value_set": [0.1, 0]},
        {"column": "is_member", "value_set": [True]},
        {"column": "name", "value_set": ["Ann"], "mostly": 0.25},
    ],
    "expect_column_values_to_not_be_in_set": [
        {"column": "name", "value_set": ["Ann", "", "null"]},
        {"column": "score", "value_set": [-2.5]},
    ],
    "expect_column_values_to_match_regex": [
        {"column": "email", "regex": EMAIL},
        {"column": "email", "regex": "example"},
        {"column": "name", "regex": r"^\w+$"},
        {"column": "email", "regex": r"(?i)\.org"},
        {"column": "name", "regex": r"\s"},
        {"column": "email", "regex": r"tel\d@", "mostly": 0.1},
    ],
    "expect_column_values_to_not_match_regex": [
        {"column": "name", "regex": r"[\W]|end$".replace(r"[\W]", r"\W")},
        {"column": "email", "regex": "^$"},
    ],
    "expect_column_values_to_match_regex_list": [
        {"column": "email", "regex_list": [EMAIL, "^$"]},
        {"column": "email", "regex_list": ["@", "^[a-z]"], "match_on": "all"},
    ],
    "expect_column_values_to_not_match_regex_list": [{"column": "name", "regex_list": [r"\d", "^O'", "伟"]}],
    "expect_column_values_to_be_between": [
        {"column": "visits", "min_value": 0},
        {"column": "visits", "max_value": 7, "strict_max": True},
        {"column": "visits", "min_value": -4, "max_value": 6.5, "strict_min": True, "mostly": 0.5},
        {"column": "score", "min_value": 0.1, "max_value": 1e300},
        {"column": "total", "min_value": 0},
        {"column": "total", "min_value": -10.25, "max_value": 99, "strict_min": True},
        {"column": "born_on", "min_value": "1900-01-01", "max_value": "2026-05-04", "strict_max": True},
        {"column": "first_seen_at", "min_value": "1970-01-01T00:00:00", "max_value": "2026-01-05T00:00:00"},
    ],
    "expect_column_value_lengths_to_be_between": [
        {"column": "name", "min_value": 3, "max_value": 4},
        {"column": "email", "min_value": 0, "strict_min": True},
        {"column": "name", "max_value": 7, "strict_max": True},
    ],
    "expect_column_value_lengths_to_equal": [{"column": "name", "value": 3}],
    "expect_column_pair_values_a_to_be_greater_than_b": [
        SEEN,
        {**SEEN, "or_equal": True},
        {**SEEN, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        {**SEEN, "ignore_row_if": "neither", "mostly": 0.2},
        {**MONEY, "or_equal": True},
        {"column_A": "email", "column_B": "name"},
        {"column_A": "visits", "column_B": "score"},
    ],
    "expect_column_pair_values_to_be_equal": [
        SEEN,
        {**SEEN, "ignore_row_if": "neither"},
        MONEY,
        {"column_A": "visits", "column_B": "score"},
    ],
    "expect_compound_columns_to_be_unique": [
        {"column_list": KEY},
        {"column_list": ["email", "name"]},
        {"column_list": ["first_seen_at", "is_member"]},
        {"column_list": ["score", "is_member"], "ignore_row_if": "never"},
        {"column_list": ["first_seen_at", "last_seen_at"], "ignore_row_if": "any_value_is_missing"},
        {"column_list": ["born_on", "score", "visits"], "mostly": 0.6},
    ],
    "expect_column_values_to_exist_in_table": [
        {"column": "name", "table": "main.known", "table_column": "given_name"},
        {"column": "name", "table": "main.known", "table_column": "given_name", "mostly": 0.3},
        {"column": "visits", "table": "main.known"},
        {"column": "total", "table": "main.known", "table_column": "amount"},
        {"column": "is_member", "table": "main.nobody"},
    ],
    "expect_column_max_to_be_between": [
        {"column": "visits", "max_value": 12},
        {"column": "total", "max_value": 999},
        {"column": "born_on", "max_value": "2026-05-04"},
        {"column": "last_seen_at", "max_value": "2029-12-31T00:00:00"},
    ],
    "expect_column_min_to_be_between": [
        {"column": "score", "min_value": -2.5, "strict_min": True},
        {"column": "born_on", "min_value": "1899-12-31"},
    ],
    "expect_column_mean_to_be_between": [
        {"column": "visits", "min_value": 4, "max_value": 5},
        {"column": "refunded", "min_value": 200},
    ],
    "expect_column_sum_to_be_between": [
        {"column": "visits", "min_value": 33, "max_value": 33},
        {"column": "refunded", "max_value": 5},
        {"column": "refunded", "min_value": 20.25, "strict_min": True},
    ],
    "expect_column_unique_value_count_to_be_between": [
        {"column": "score", "min_value": 4, "max_value": 4},
        {"column": "name", "min_value": 9},
    ],
    "expect_column_proportion_of_unique_values_to_be_between": [
        {"column": "name", "min_value": 0.875, "max_value": 0.875},
        {"column": "is_member", "min_value": 0.5},
    ],
    "expect_column_proportion_of_non_null_values_to_be_between": [
        {"column": "score", "min_value": 0.6, "max_value": 0.7},
        {"column": "email", "min_value": 1},
    ],
    "expect_column_to_exist": [
        {"column": "email"},
        {"column": "e_mail"},
        {"column": "email", "column_index": 3},
    ],
    "expect_table_row_count_to_be_between": [
        {"min_value": 1, "max_value": 9},
        {"min_value": 9, "strict_min": True},
    ],
    "expect_table_row_count_to_equal": [{"value": 9}, {"value": 0}],
    "expect_table_column_count_to_be_between": [
        {"min_value": 1, "max_value": 11},
        {"min_value": 12, "max_value": 12},
    ],
    "expect_table_column_count_to_equal": [{"value": 12}, {"value": 3}],
    "expect_table_columns_to_match_set": [
        {"column_set": ["email", "name"]},
        {"column_set": ["name", "email"], "exact_match": False},
    ],
    "expect_table_columns_to_match_ordered_list": [
        {"column_list": [part.split()[0] for part in COLUMNS.split(", ")]}
    ],
}

KNOWN = """
create table known (given_name varchar, visits integer, amount decimal(18,3));
insert into known values ('Ann', 3, 10.500), ('张伟', 7, 0.75), ('Ann', 3, -10.25), (null, null, null);
create table nobody (is_member boolean)
"""
SPECS = [ExpectationSpec(type=name, kwargs=kwargs) for name, cases in CASES.items() for kwargs in cases]

TABLES = {
    "rows": "from people",
    "no_rows": "from people where false",
    "only_nulls": (
        "select source_record_id, line, null::varchar as email, null::varchar as name, "
        "null::integer as visits, null::double as score, null::decimal(18,2) as total, refunded, "
        "null::date as born_on, null::timestamp as first_seen_at, null::timestamp as last_seen_at, "
        "null::boolean as is_member from people"
    ),
    "one_row": "from people where source_record_id = 'r2'",
}


def assert_equal_verdicts(ours: list[Verdict], theirs: list[Any]) -> None:
    for verdict, reference in zip(ours, theirs, strict=True):
        case = f"{verdict.expectation.type} {verdict.expectation.kwargs}"
        assert reference.error is None, f"{case}: the reference itself failed: {reference.error}"
        assert verdict.is_met == reference.is_met, case
        assert verdict.failing_rows == reference.unexpected_count, case
        if reference.element_count is not None:
            assert verdict.evaluated_rows == reference.element_count, case
        keys = sorted(tuple(row.values()) for row in verdict.failing_keys.to_pylist())
        assert keys == reference.failing_keys, case
        if isinstance(verdict.observed, int | float):
            assert verdict.observed == pytest.approx(reference.observed), case


def as_set(engine: Engine, spec: ExpectationSpec) -> ExpectationSpec:
    """The same question for pandas, which knows no second table: the values there as a set."""
    if spec.type != "expect_column_values_to_exist_in_table":
        return spec
    there = spec.kwargs.get("table_column", spec.kwargs["column"])
    known = engine.fetch_column(f"select {there} from {spec.kwargs['table']} where {there} is not null")
    kwargs = {key: value for key, value in spec.kwargs.items() if not key.startswith("table")}
    values = [float(value) if isinstance(value, Decimal) else value for value in known]
    return ExpectationSpec(
        type="expect_column_values_to_be_in_set", kwargs={**kwargs, "value_set": values or ["nothing"]}
    )


WITHOUT_PANDAS = {"expect_multicolumn_values_to_exist_in_table"}
"""Great Expectations on pandas has nothing like it; test_existence_in_table.py compares with a join."""


def test_every_supported_expectation_has_a_parity_case() -> None:
    assert set(CASES) | WITHOUT_PANDAS == set(SUPPORTED_EXPECTATIONS)


@pytest.mark.parametrize("table", TABLES)
def test_verdicts_counts_and_failing_keys_equal_pandas(table: str, judge_with_pandas: Any) -> None:
    with Engine.open() as engine:
        engine.execute(f"create table people ({COLUMNS})")
        engine.execute(f"insert into people values {ROWS}")
        engine.execute(f"create table judged as {TABLES[table]}")
        engine.execute(KNOWN)
        rows = engine.fetch_arrow("from judged")
        asked_of_pandas = [as_set(engine, spec) for spec in SPECS]

        ours = validate_table(engine, "judged", SPECS, KEY, with_failing_keys=True)

    assert_equal_verdicts(ours, judge_with_pandas(rows, asked_of_pandas, KEY))


def test_cases_hold_both_outcomes_of_every_row_level_expectation() -> None:
    with Engine.open() as engine:
        engine.execute(f"create table people ({COLUMNS})")
        engine.execute(f"insert into people values {ROWS}")
        engine.execute(KNOWN)
        verdicts = validate_table(engine, "people", SPECS, KEY, with_failing_keys=True)

    row_level = {v.expectation.type for v in verdicts if v.failing_rows}
    never_failing = {name for name in CASES if "_values_" in name or "compound" in name} - row_level
    assert {name for name in never_failing if "proportion" not in name} == set()


texts = st.none() | st.text(alphabet="aZ9é٣ß张_@. -\n\t\x0b\x1c\u00a0\u2028'[]", max_size=4)
numbers = st.none() | st.integers(-3, 3)
doubles = st.none() | st.sampled_from([0.0, -0.0, 0.1, -1.5, 2.0, float("nan"), float("inf")])
dates = st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
columns = st.lists(st.tuples(texts, texts, numbers, numbers, doubles, dates), max_size=12)

GENERATED = [
    ("expect_column_values_to_not_be_null", {"column": "d", "mostly": 0.5}),
    ("expect_column_values_to_be_null", {"column": "t"}),
    ("expect_column_values_to_be_unique", {"column": "t"}),
    ("expect_column_values_to_be_unique", {"column": "d"}),
    ("expect_column_values_to_be_in_set", {"column": "t", "value_set": ["a", "", "'"], "mostly": 0.5}),
    ("expect_column_values_to_not_be_in_set", {"column": "d", "value_set": [0, 0.1]}),
    ("expect_column_values_to_match_regex", {"column": "t", "regex": r"^\w*$"}),
    ("expect_column_values_to_match_regex", {"column": "t", "regex": r"\d|(?:a|[\[\]é])\Z"}),
    ("expect_column_values_to_match_regex", {"column": "t", "regex": r"^[^\s\d]{,2}$"}),
    ("expect_column_values_to_match_regex", {"column": "t", "regex": r"^.\S+$"}),
    ("expect_column_values_to_not_match_regex", {"column": "t", "regex": r"(?i)A|\s"}),
    ("expect_column_values_to_not_match_regex", {"column": "t", "regex": "\\u0663|\\W\\D"}),
    (
        "expect_column_values_to_match_regex_list",
        {"column": "t", "regex_list": ["a", "9$"], "match_on": "all"},
    ),
    ("expect_column_value_lengths_to_be_between", {"column": "t", "min_value": 1, "max_value": 2}),
    (
        "expect_column_values_to_be_between",
        {"column": "i", "min_value": -1, "max_value": 2, "strict_max": True},
    ),
    ("expect_column_values_to_be_between", {"column": "d", "min_value": 0.1}),
    ("expect_column_values_to_be_between", {"column": "on", "min_value": "1970-01-01"}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "t", "column_B": "u"}),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "i", "column_B": "d", "or_equal": True},
    ),
    ("expect_column_pair_values_to_be_equal", {"column_A": "i", "column_B": "j", "ignore_row_if": "neither"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["i", "j"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["i", "d"], "ignore_row_if": "never"}),
    (
        "expect_compound_columns_to_be_unique",
        {"column_list": ["t", "i"], "ignore_row_if": "any_value_is_missing"},
    ),
    ("expect_column_max_to_be_between", {"column": "i", "max_value": 2}),
    ("expect_column_min_to_be_between", {"column": "on", "min_value": "1950-01-01"}),
    ("expect_column_sum_to_be_between", {"column": "i", "min_value": 0}),
    ("expect_column_unique_value_count_to_be_between", {"column": "d", "max_value": 2}),
    ("expect_column_proportion_of_unique_values_to_be_between", {"column": "t", "min_value": 0.5}),
    ("expect_column_proportion_of_non_null_values_to_be_between", {"column": "d", "min_value": 0.5}),
]


def some(examples: int) -> settings:
    """Without shrinking: every attempt is a suite on pandas, and twelve rows can be read as they are."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )


@some(10)
@given(rows=columns)
def test_generated_columns_are_judged_as_by_pandas(
    rows: list[tuple[Any, ...]], judge_with_pandas: Any
) -> None:
    assert_judged_alike(rows, judge_with_pandas)


@pytest.mark.long
@some(200)
@given(rows=columns)
def test_many_generated_columns_are_judged_as_by_pandas(
    rows: list[tuple[Any, ...]], judge_with_pandas: Any
) -> None:
    assert_judged_alike(rows, judge_with_pandas)


def assert_judged_alike(rows: list[tuple[Any, ...]], judge_with_pandas: Any) -> None:
    types = {
        "t": pa.string(),
        "u": pa.string(),
        "i": pa.int64(),
        "j": pa.int64(),
        "d": pa.float64(),
        "on": pa.date32(),
    }
    by_column = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [pa.array(values, kind) for values, kind in zip(by_column, types.values(), strict=True)]
    table = pa.table([pa.array(range(len(rows)), pa.int64()), *arrays], names=["line", *types])
    specs = [ExpectationSpec(type=name, kwargs=kwargs) for name, kwargs in GENERATED]
    with Engine.open() as engine:
        with engine.arrow_view(table) as view:
            engine.execute(f"create table judged as from {view}")
        ours = validate_table(engine, "judged", specs, ["line"], with_failing_keys=True)

    assert_equal_verdicts(ours, judge_with_pandas(table, specs, ["line"]))
