"""What the validation benchmark judges: a made-up export of 15 text columns, and 25 rules about it.

Each rule stands here twice: as the expectation that every way judges, and as the SQL that someone would
write by hand for its failing rows. The latter is the floor, and a second opinion on all failing counts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.expectation import ExpectationSpec
from cdp_pipeline.contracts.layout import Layout

COLUMNS = {
    "record_no": "'C' || lpad((case when i % 9973 = 9972 then i - 1 else i end)::varchar, 8, '0')",
    "email": (
        "case when i % 997 = 1 then 'not an address' when i % 7 = 0 then ''"
        " else lower(first_name) || '.' || i || '@example.org' end"
    ),
    "first_name": "first_name",
    "last_name": "case when i % 1009 = 5 then 'R2D2' else last_name end",
    "company": "case when i % 5 = 0 then last_name || ' & Söhne, GmbH' else '' end",
    "street": "'Hauptstraße ' || (i % 120 + 1)",
    "postcode": "lpad(((i * 7919) % 100000)::varchar, 5, '0')",
    "city": "list_extract(['München', 'Köln', 'Lyon', 'Madrid', 'Torino'], (i % 5 + 1)::integer)",
    "country": "list_extract(['DE', 'DE', 'FR', 'ES', 'IT'], (i % 5 + 1)::integer)",
    "phone": "case when i % 1999 = 3 then '0170' else '+4917' || lpad(((i * 104729) % 100000000)::varchar, 8, '0') end",
    "birth_date": "strftime(date '1940-01-01' + ((i * 37) % 25000)::integer, '%Y-%m-%d')",
    "status": "list_extract(['active', 'active', 'lapsed', 'prospect'], (i % 4 + 1)::integer)",
    "newsletter": "case when i % 3 = 0 then 'yes' else 'no' end",
    "amount": "printf('%d.%02d', i % 900, i % 100)",
    "updated_at": "strftime(timestamp '2024-01-01' + to_seconds((i * 61) % 70000000), '%Y-%m-%dT%H:%M:%SZ')",
}
"""Header and SQL of each column; `i` is the record's number. About one record in 400 breaks a rule."""

RECORDS = f"""
with name as (
    select
        range as i,
        list_extract(['Anna', 'Jörg', 'Zoë', 'María', 'Luca', 'Noah', 'Chloé'], (range % 7 + 1)::integer) as first_name,
        list_extract(['Müller', 'García', 'Rossi', 'Dubois', 'O''Hara'], (range % 5 + 1)::integer) as last_name
    from range(?)
)
select {", ".join(f"{sql} as {name}" for name, sql in COLUMNS.items())} from name order by i
"""

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
CLOCK = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"


class Rule(NamedTuple):
    """One expectation, and the hand-written SQL condition of its failing rows (None: not about rows)."""

    type: str
    kwargs: dict[str, Any]
    fails: str | None

    @property
    def expectation(self) -> ExpectationSpec:
        """The rule as it would stand in YAML."""
        return ExpectationSpec(type=self.type, kwargs=self.kwargs)


def _column(rule: str, column: str, fails: str, **kwargs: object) -> Rule:
    return Rule(f"expect_column_{rule}", {"column": column, **kwargs}, fails)


RULES = [
    _column("values_to_not_be_null", "record_no", "record_no is null"),
    _column(
        "values_to_be_unique",
        "record_no",
        "record_no in (select record_no from waiting_contacts group by record_no having count(*) > 1)",
    ),
    _column(
        "values_to_match_regex",
        "record_no",
        "not regexp_matches(record_no, '^C[0-9]{8}$')",
        regex="^C[0-9]{8}$",
    ),
    _column("value_lengths_to_equal", "record_no", "length(record_no) <> 9", value=9),
    _column(
        "values_to_match_regex",
        "email",
        r"not regexp_matches(email, '^[^@\s]+@[^@\s]+\.[^@\s]+$')",
        regex=EMAIL,
    ),
    _column(
        "value_lengths_to_be_between",
        "email",
        "length(email) not between 3 and 254",
        min_value=3,
        max_value=254,
    ),
    _column("values_to_not_be_null", "email", "email is null", mostly=0.8),
    _column(
        "values_to_not_be_in_set",
        "email",
        "email in ('test@test.com', 'none@none.com')",
        value_set=["test@test.com", "none@none.com"],
    ),
    _column(
        "value_lengths_to_be_between",
        "first_name",
        "length(first_name) not between 1 and 60",
        min_value=1,
        max_value=60,
    ),
    _column("values_to_not_be_null", "last_name", "last_name is null", mostly=0.95),
    _column(
        "value_lengths_to_be_between",
        "last_name",
        "length(last_name) not between 1 and 80",
        min_value=1,
        max_value=80,
    ),
    _column("values_to_not_match_regex", "last_name", "regexp_matches(last_name, '[0-9]')", regex="[0-9]"),
    _column(
        "values_to_match_regex_list",
        "postcode",
        "not (regexp_matches(postcode, '^[0-9]{5}$') or regexp_matches(postcode, '^[0-9]{4}$'))",
        regex_list=["^[0-9]{5}$", "^[0-9]{4}$"],
    ),
    _column("value_lengths_to_be_between", "city", "length(city) < 2", min_value=2),
    _column(
        "values_to_be_in_set",
        "country",
        "country not in ('DE', 'FR', 'ES', 'IT')",
        value_set=["DE", "FR", "ES", "IT"],
    ),
    _column(
        "values_to_match_regex",
        "phone",
        "not regexp_matches(phone, '^[+][1-9][0-9]{6,14}$')",
        regex="^[+][1-9][0-9]{6,14}$",
    ),
    _column(
        "values_to_match_regex",
        "birth_date",
        "not regexp_matches(birth_date, '^(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]$')",
        regex="^(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]$",
    ),
    _column(
        "values_to_be_in_set",
        "status",
        "status not in ('active', 'lapsed', 'prospect')",
        value_set=["active", "lapsed", "prospect"],
    ),
    _column("values_to_be_in_set", "newsletter", "newsletter not in ('yes', 'no')", value_set=["yes", "no"]),
    _column(
        "values_to_match_regex",
        "amount",
        "not regexp_matches(amount, '^-?[0-9]+[.][0-9]{2}$')",
        regex="^-?[0-9]+[.][0-9]{2}$",
    ),
    _column("values_to_match_regex", "updated_at", f"not regexp_matches(updated_at, '{CLOCK}')", regex=CLOCK),
    Rule(
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "updated_at", "column_B": "birth_date"},
        "not coalesce(updated_at > birth_date, false)",
    ),
    Rule(
        "expect_compound_columns_to_be_unique",
        {"column_list": ["record_no", "updated_at"], "ignore_row_if": "never"},
        "(record_no, updated_at) in (select (record_no, updated_at) from waiting_contacts"
        " group by record_no, updated_at having count(*) > 1)",
    ),
    Rule(
        "expect_column_unique_value_count_to_be_between",
        {"column": "country", "min_value": 1, "max_value": 4},
        None,
    ),
    Rule("expect_table_columns_to_match_set", {"column_set": ["file_id", "line", *COLUMNS]}, None),
]


def contacts_layout() -> Layout:
    """The made-up export as a layout."""
    document = {
        "layout": "contacts",
        "title": "Contacts",
        "description": "One contact a line.",
        "documentation": "made up for the benchmark",
        "key": ["record_no"],
        "columns": {name: {"header": name} for name in COLUMNS},
    }
    return parse_contract(document, Layout, origin="benchmark")
