"""Nothing that a person gave us stands in logs, Dagster's storage, pages, manifests, or on the screen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cdp_pipeline_tests.command import cdp
from cdp_pipeline_tests.conftest import TokenNight, run_listened_to
from cdp_pipeline_tests.token_search import mentions, places_of
from cdp_pipeline_tests.token_world import PEOPLE, TokenPerson

pytestmark = pytest.mark.slow

HOLDS_PEOPLE = ("data/landing/", "data/warehouse/work.duckdb")
"""Places that are there for personal data."""

BROKEN_MODEL = """\
-- Grain: one row per customer.
with golden_profile as (
    select * from {{ ref('golden_profile') }}
)

select
    customer_id,
    cast(email as integer) as number
from golden_profile
"""

BROKEN_CONTRACT = """\
model: profile_number
description: A number that no profile has.
grain: one row per customer
owner: team:data_engineering
key: [customer_id]
columns:
  - {name: customer_id, type: VARCHAR, sensitivity: pseudonym, description: "The customer."}
  - {name: number, type: INTEGER, description: "The e-mail address as a number, which fails."}
"""


def outside(root: Path) -> dict[str, int]:
    """Where a mark stands although the place is not there for personal data."""
    found: dict[str, int] = {}
    for mark in (person.mark for person in PEOPLE[:2]):
        for place, count in places_of(mark, root).items():
            is_published = place.startswith("data/published/") and (".duckdb" in place or ".csv" in place)
            if not place.startswith(HOLDS_PEOPLE) and not is_published:
                found[place] = found.get(place, 0) + count
    return found


def marks_in(text: str) -> list[str]:
    return [person.mark for person in PEOPLE if person.mark in text.lower()]


def test_a_night_tells_nothing_of_people_but_where_people_belong(token_night: TokenNight) -> None:
    assert token_night.answer.status == 0, token_night.answer.output
    assert places_of(PEOPLE[0].mark, token_night.root / "data" / "warehouse")
    assert outside(token_night.root) == {}
    assert marks_in(token_night.answer.output) == []
    assert marks_in(token_night.log) == []
    assert len(token_night.log) > 1000


def test_a_night_that_fails_over_a_value_does_not_tell_the_value(
    token_night: TokenNight, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shutil.copytree(token_night.root, root, symlinks=True)
    models = root / "dbt_like_sql" / "golden"
    models.mkdir(parents=True)
    (models / "profile_number.sql").write_text(BROKEN_MODEL, encoding="utf-8")
    (models / "profile_number.yml").write_text(BROKEN_CONTRACT, encoding="utf-8")
    failed = run_listened_to(root, "--business-date", "2026-05-04", "--from", "golden")
    assert failed.answer.status == 1
    assert "golden.profile_number" in failed.answer.output
    assert "(values are hidden)" in failed.answer.output
    assert marks_in(failed.answer.output) == []
    assert marks_in(failed.log) == []
    assert outside(root) == {}


@pytest.mark.parametrize(
    "command", [("status",), ("status", "--json"), ("source", "quarantine", "list"), ("check",)]
)
def test_commands_that_anybody_may_run_show_no_person(
    token_night: TokenNight, command: tuple[str, ...]
) -> None:
    answer = cdp(*command, "--project", token_night.root)
    assert answer.output
    assert marks_in(answer.output) == []


def test_analysts_get_nothing_that_names_or_reaches_a_person(token_night: TokenNight) -> None:
    published = token_night.root / "data" / "published" / "current"
    for value in identifiers(PEOPLE[0]):
        assert mentions(value, published / "identified.duckdb") > 0, value
        assert mentions(value, published / "analyst.duckdb") == 0, value


def identifiers(person: TokenPerson) -> list[str]:
    mobile = person.mobile.removeprefix("0").replace(" ", "")
    names = [person.token("vor"), person.token("nach"), f"791{person.number:02}"]
    ids = [
        person.shopify_id,
        person.salesforce_id,
        person.member_no,
        person.cookie,
        person.order,
        person.receipt,
    ]
    return [person.email, mobile, *names, *ids, person.token("till", "customer")]


def test_what_a_night_leaves_is_for_its_owner_alone(token_night: TokenNight) -> None:
    kept = [token_night.root / "data" / name for name in ("published", "warehouse", "control.sqlite")]
    paths = [
        path for place in (*kept, token_night.root / ".dagster_home") for path in (place, *place.rglob("*"))
    ]
    assert len(paths) > 20
    assert [
        path for path in paths if path.stat(follow_symlinks=False).st_mode & 0o077 and not path.is_symlink()
    ] == []
