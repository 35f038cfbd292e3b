"""A person gets everything that is held about her or him, and nothing of anybody else."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.privacy_requests import list_requests
from cdp_pipeline.control.restrictions import RestrictionKind
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.access_export import export_person
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.nightly.restrictions import restrict_customer
from cdp_pipeline.privacy.personal_rows import personal_rows
from cdp_pipeline_tests import token_world
from cdp_pipeline_tests.command import cdp
from cdp_pipeline_tests.conftest import PublishedNights, TokenNight
from cdp_pipeline_tests.token_world import PEOPLE, TokenPerson

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def token_root(token_night: TokenNight, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("access") / "project"
    shutil.copytree(token_night.root, root, symlinks=True)
    return root


def fields_of(person: TokenPerson) -> set[str]:
    """Every value that any system delivered of the person on the first night, and that is the person's own."""
    return {
        value
        for _, _, rows in token_world._exports([person], 1)
        for row in rows
        for value in row.values()
        if person.mark in value.lower()
    }


def export(root: Path, question: str, *options: str) -> tuple[dict[str, Any], str]:
    folder = root / f"answer_{len(list(root.glob('answer_*')))}"
    answer = cdp("privacy", "export", question, "--out", folder, "--project", root, *options)
    assert answer.status == 0, answer.output
    return json.loads((folder / "data.json").read_text()), (folder / "page.html").read_text()


@pytest.mark.parametrize("person", PEOPLE[:2], ids=["accepted", "partly in quarantine"])
def test_every_field_that_any_system_delivered_is_in_it_and_nothing_of_others(
    token_root: Path, person: TokenPerson
) -> None:
    document, page = export(token_root, person.email)
    text = json.dumps(document, ensure_ascii=False).lower()
    assert sorted(value for value in fields_of(person) if value.lower() not in text) == []
    for other in PEOPLE:
        if other is not person:
            assert (other.mark in text, other.mark in page.lower()) == (False, False), other.mark


def test_quarantined_records_are_in_it(token_root: Path) -> None:
    document, _ = export(token_root, PEOPLE[1].email)
    quarantined = next(table for table in document["tables"] if table["table"] == "validate.quarantine")
    rules = sorted(row["rule"] for row in quarantined["rows"])
    assert len(rules) == 3
    assert any(rule.startswith("created_at") for rule in rules)  # a ticket without a time
    assert any("field_count" in rule for rule in rules)  # a line that cannot be taken apart


def test_it_says_what_article_15_asks_for_and_what_left_on_which_consent(token_root: Path) -> None:
    project = load_project(token_root)
    document, page = export(token_root, PEOPLE[0].email, "--language", "en")
    [sent] = [row for row in document["exports"] if row["activation"] == "mailchimp_new_buyers"]
    assert (sent["night"], sent["consent_purpose"], sent["consent_status"]) == (
        "2026-05-04",
        "marketing",
        "granted",
    )
    assert {one["source"] for one in document["sources"]} == set(project.sources)
    assert {one["activation"] for one in document["recipients"]} == set(project.activations)
    assert {segment["segment"] for segment in document["segments"]} >= {"new_buyers"}
    for words in ("article 16 GDPR", "supervisory authority", "Intuit Inc. (Mailchimp)"):
        assert words in page


def test_files_are_for_their_owner_and_the_request_is_done(token_root: Path) -> None:
    export(token_root, PEOPLE[2].email)
    newest = max(token_root.glob("answer_*"), key=lambda path: int(path.name.split("_")[1]))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (newest, newest / "data.json", newest / "page.html")] == [
        0o700, 0o600, 0o600,
    ]  # fmt: skip
    assert [one.status for one in list_requests(load_project(token_root)) if one.kind == "access"][
        -1
    ] == "done"
    answer = cdp("privacy", "export", PEOPLE[2].email, "--out", newest, "--project", token_root)
    assert (answer.status, "is not empty" in answer.output) == (1, True)


def test_who_is_no_customer_gets_what_an_address_alone_is_known_by(token_root: Path) -> None:
    """An answer of nothing is an answer, too; and the register finds its request."""
    answer = cdp("privacy", "request", "add", "access", "nobody@nowhere.example", "--project", token_root)
    assert answer.status == 0
    document, page = export(token_root, "nobody@nowhere.example", "--language", "en")
    assert (document["customer_id"], document["tables"]) == (None, [])
    assert "Nothing." in page
    [asked] = [one for one in list_requests(load_project(token_root)) if one.person.startswith("unknown ")]
    assert asked.status == "done"


def test_what_was_decided_is_in_it_without_who_decided(token_root: Path) -> None:
    restrict_customer(load_project(token_root), RestrictionKind.OBJECTION, PEOPLE[3].email, ["profiling"])
    document, _ = export(token_root, PEOPLE[3].email)
    [objection] = document["decisions"]["processing_restriction"]
    assert (objection["restriction_kind"], objection["purpose"]) == ("objection", "profiling")
    assert not [name for rows in document["decisions"].values() for name in rows[0] if name.endswith("_by")]


def test_it_is_in_the_language_of_the_person_or_the_one_asked_for(token_root: Path) -> None:
    _, page = export(token_root, PEOPLE[4].email, "--language", "de")
    assert '<html lang="de">' in page
    assert "Was wir über Sie wissen" in page


def test_of_a_shared_address_nobody_else_is_shown(nights: PublishedNights, tmp_path: Path) -> None:
    """Two customers of one address: each export names the address, and neither the other's records nor id."""
    root = tmp_path / "project"
    shutil.copytree(nights.root, root, symlinks=True)
    with Engine.open(root / "data/published/current/identified.duckdb", read_only=True) as engine:
        one, other = engine.fetch_all(
            "select customer_id, any_value(contact_value) from golden.customer_contact where is_shared"
            " and contact_value = (select min(contact_value) from golden.customer_contact"
            " where is_shared and contact_kind = 'email' and customer_count = 2) group by 1 order by 1"
        )
        records = engine.fetch_column(
            "select source_record_id from link.customer_source_record where customer_id = ?", [other[0]]
        )
    export_person(load_project(root), one[0], root / "answer", "en")
    text = (root / "answer" / "data.json").read_text()
    assert one[1] in text
    assert other[0] not in text
    values = {value for table in json.loads(text)["tables"] for row in table["rows"] for value in row.values()
              if isinstance(value, str)}  # fmt: skip
    assert not values & set(records)


def test_a_table_that_is_added_tomorrow_is_read_too() -> None:
    from cdp_pipeline.privacy.handles import Handles

    with Engine.open() as engine:
        engine.execute("create schema golden")
        engine.execute("create table golden.birthday_wish as select 'c_eva' as customer_id, 'a kite' as wish")
        engine.execute("insert into golden.birthday_wish values ('c_ruth', 'a boat')")
        handles = Handles.of([("customer", "", "", "c_eva")])
        assert personal_rows(engine, handles, {"golden.birthday_wish"}) == {
            "golden.birthday_wish": [{"customer_id": "c_eva", "wish": "a kite"}]
        }


def test_of_a_pair_only_the_own_side_is_shown() -> None:
    from cdp_pipeline.privacy.handles import Handles

    with Engine.open() as engine:
        engine.execute("create schema link")
        sides = ", ".join(
            f"'{value}' as {side}_{part}"
            for side, values in (("left", ("shop", "customer", "1")), ("right", ("till", "member", "2")))
            for part, value in zip(("source_system", "record_kind", "source_record_id"), values, strict=True)
        )
        engine.execute(f"create table link.edge as select {sides}, 7.5 as match_weight")
        handles = Handles.of([("record", "shop", "customer", "1")])
        [row] = personal_rows(engine, handles, {"link.edge"})["link.edge"]
        assert (row["left_source_record_id"], row["right_source_record_id"], row["match_weight"]) == (
            "1",
            None,
            7.5,
        )


def test_every_table_with_personal_data_of_people_is_found_by_handles(nights: PublishedNights) -> None:
    """No table of the project that names customers by id is left out."""
    from cdp_pipeline.privacy.forgetting import condition_of

    graph = load_graph(nights.project)
    unread = [
        model.full_name
        for model in graph.tables
        if "customer_id" in model.contract.column_names
        and not condition_of(model.full_name, model.contract.column_names)
    ]
    assert unread == []
