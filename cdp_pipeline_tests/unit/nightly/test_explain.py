"""Explaining customers of a hand-written night: found in every way, and told the truth."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.explain_screen import as_json, show_explanation
from cdp_pipeline.nightly.explain import Explanation, explain_customer, write_explanation_page
from cdp_pipeline.nightly.find_customer import UnknownCustomerError, find_customer
from cdp_pipeline.nightly.private_page import PageError
from cdp_pipeline.publish.databases import write_databases
from cdp_pipeline.publish.manifest import MANIFEST_NAME, Manifest
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.unit.link.link_warehouse import CANONICAL, SourceRecord
from cdp_pipeline_tests.warehouse import Warehouse

pytestmark = pytest.mark.slow

FIRST, SECOND = date(2026, 5, 4), date(2026, 5, 5)
BORN = date(1980, 5, 3)

RECORDS = [
    # One person by rules; the newer record, in the shop, writes another street.
    SourceRecord("a1", "Anna", "Berger", email="anna@mail.example", street="Altweg 1"),
    SourceRecord("a2", "Anna", "Berger", email="anna@mail.example", street="Neuweg 2", source="shop", kind="customer"),
    # One person by the model alone.
    SourceRecord("e1", "Eva", "Brandstetter", BORN, street="Gartenweg 12"),
    SourceRecord("e2", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12", source="shop", kind="customer"),
    # Brothers with one card, whom both a rule and the model would join.
    SourceRecord("t1", "Max", "Zwilling", BORN, street="Ring 3", phone="+49301234", loyalty="LC-7"),
    SourceRecord("t2", "Moritz", "Zwilling", street="Ring 3", phone="+49301234", loyalty="LC-7"),
    # Father and son of one name and mailbox.
    SourceRecord("f1", "Otto", "Lang", date(1950, 1, 2), email="otto@mail.example"),
    SourceRecord("f2", "Otto", "Lang", date(1985, 7, 9), email="otto@mail.example"),
    # A newsletter's address, and nothing else.
    SourceRecord("n1", email="nobody@mail.example", source="email", kind="subscriber"),
    # Two customers until the second night, when the CRM merges them; the name holds a terminal's escape sequence.
    SourceRecord("k1", "Kim\x1b[31m", "Lang"),
    SourceRecord("k2", "Kim", "Lang"),
]  # fmt: skip
MERGED = SourceRecord("k2", "Kim", "Lang", merged_into="k1")
PURPOSES = ("purpose", "purpose_channel")
UPDATED = {"a2": "2026-03-01", "a1": "2026-02-01"}


def deliver(warehouse: Warehouse, records: list[SourceRecord]) -> None:
    for table in CANONICAL:
        rows = [row for record in records for row in record.rows()[table]]
        if table == "customer_record":
            rows = [{**row, "updated_at": UPDATED.get(str(row["source_record_id"]))} for row in rows]
        if table == "contact_point":
            rows = [{**row, "delivered_value": row["contact_value"]} for row in rows]
        warehouse.given(table, *rows)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Two nights built from the records above; the second one is published."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CDP_PROJECT_KEY", "key-of-a-hand-written-night")
        root = tmp_path_factory.mktemp("explained")
        warehouse = Warehouse(Stage.LINK, FIRST)
        with warehouse.engine:
            deliver(warehouse, RECORDS)
            confirmed = {"origin": "newsletter sign-up", "proof": "form-v3"}
            warehouse.add_consent(
                "anna@mail.example", "marketing", "granted", "2026-01-05 10:00:00", **confirmed
            )
            warehouse.add_consent("anna@mail.example", "ad_audiences", "denied", "2026-01-06 10:00:00")
            warehouse.add_purchase("shop/customer/a2", "o1", "2026-05-01 09:00:00", "20.00")
            warehouse.build("link", "profile_history")
            deliver(warehouse, [MERGED if record.id == "k2" else record for record in RECORDS])
            warehouse.on(SECOND)
            warehouse.build(*PURPOSES, "source_system", "link", "golden", "segment", "activate")
            folder = root / "data" / "published" / "2026-05-05-test"
            folder.mkdir(parents=True)
            write_databases(warehouse.night, warehouse.graph, folder)
        manifest = Manifest(
            project="by_hand", business_date=SECOND, run_id="test", published_at=datetime.now(UTC),
            project_fingerprint="", inputs=[], files=[],
        )  # fmt: skip
        (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(), encoding="utf-8")
        point_current_to(folder)
        yield load_project(root)


def explained(project: Project, question: str) -> Explanation:
    return explain_customer(project, question)


def screen(explanation: Explanation) -> str:
    """What a person sees, on a wide screen."""
    console = Console(file=io.StringIO(), width=160, color_system=None)
    show_explanation(explanation, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


# --- finding ------------------------------------------------------------------------------------------------


def test_one_customer_is_found_by_record_by_id_by_its_beginning_and_by_e_mail(project: Project) -> None:
    by_record = explained(project, "crm/contact/a1")
    customer_id = by_record.customer_id
    assert by_record.way == "found by its record crm/contact/a1"
    for question in (customer_id, customer_id[:12], customer_id[2:12], " ANNA@mail.example "):
        assert explained(project, question).customer_id == customer_id
    assert explained(project, customer_id).way == ""


def test_an_id_that_was_merged_away_leads_to_the_customer_of_today(project: Project) -> None:
    [old] = explained(project, "crm/contact/k1").old_ids
    found = explained(project, old["old_customer_id"])
    assert found.way == f"{old['old_customer_id']} was merged into it on 2026-05-05"
    assert {row["source_record_id"] for row in found.records} == {"k1", "k2"}
    assert "was merged into" in screen(found)


def test_an_id_that_fits_several_is_refused_with_some_of_them(project: Project) -> None:
    with pytest.raises(UnknownCustomerError, match=r"9 ids begin with c_: c_\w{20}, .* …\. Name one of them"):
        explained(project, "c_")


def test_a_mistyped_id_is_answered_with_the_nearest(project: Project) -> None:
    customer_id = explained(project, "crm/contact/a1").customer_id
    with pytest.raises(UnknownCustomerError, match=re.escape(f"Did you mean {customer_id}?")):
        explained(project, customer_id[:-1] + "x")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("crm/contacts/a1", "Did you mean `crm/contact`?"),
        ("crm/contact/zz", "No crm/contact record of the published night has this id"),
        ("unknown@mail.example", "No customer has this e-mail address"),
        ("c_zzzzzzzz", "No customer id begins with c_zzzzzzzz. A record key"),
    ],
    ids=["kind", "record", "e-mail", "id"],
)
def test_who_is_not_there_is_said_with_a_hint(project: Project, question: str, answer: str) -> None:
    with pytest.raises(UnknownCustomerError, match=re.escape(answer)) as refusal:
        explained(project, question)
    assert "@" not in str(refusal.value), "no address in an error"


def test_an_id_merged_into_a_customer_who_has_left_since_is_told_as_gone() -> None:
    with Engine.open() as engine:
        engine.create_schemas(["golden", "link"])
        engine.replace_table("golden.golden_profile", "select 'c_stays' as customer_id")
        engine.replace_table(
            "link.customer_id_alias",
            "select 'c_merged' as old_customer_id, 'c_left' as customer_id, date '2026-05-05' as merged_on",
        )
        engine.replace_table(
            "link.customer_id_event",
            "select 'c_merged' as customer_id, 'mint' as event, date '2026-05-04' as business_date",
        )
        with pytest.raises(
            UnknownCustomerError, match="c_merged was a customer from 2026-05-04 on, but none"
        ):
            find_customer(engine, "c_merged")


def test_before_the_first_night_there_is_nothing_to_explain(tmp_path: Path) -> None:
    with pytest.raises(NightError, match=r"no night is published yet\. Run one first: cdp run"):
        explain_customer(load_project(tmp_path), "c_1")


# --- what is told -------------------------------------------------------------------------------------------


def test_each_value_names_its_record_the_rule_and_what_lost(project: Project) -> None:
    anna = explained(project, "crm/contact/a1")
    streets = [row for row in anna.values if row["column_name"] == "street"]
    assert [
        (row["value"], row["source_record_id"], row["is_survivor"], row["decided_by"]) for row in streets
    ] == [
        ("Neuweg 2", "a2", True, "most_recent"),
        ("Altweg 1", "a1", False, "most_recent"),
    ]
    shown = screen(anna)
    assert re.search(r"street +Neuweg 2 +R2 +won by most_recent", shown)
    assert re.search(r"Altweg 1 +R1 +lost by most_recent", shown)
    assert re.search(r"family_name +Berger +R1 R2 +the only value", shown)
    city = next(row for row in anna.values if row["column_name"] == "city")
    assert city["decided_by"] == "most_recent", "it survives together with the street"
    assert re.search(rf"city +{city['value']} +R1 R2 +the only value", shown)


def test_an_edge_by_rule_is_named_with_its_weight(project: Project) -> None:
    anna = explained(project, "crm/contact/a1")
    assert {(row["edge_kind"], row["edge_name"], row["match_weight"]) for row in anna.edges} == {
        ("rule", "same_email_and_given_name", 30.0),
        ("rule", "same_email_and_name_in_any_order", 30.0),
    }
    shown = screen(anna)
    assert (
        "2 records of 2 sources (crm, shop) are one person. 1 link holds them together: 1 by a rule." in shown
    )
    assert re.search(
        r"The same e-mail address and given name\n"
        r" +Couples share mailboxes, but two people of one given name in one mailbox are rare\. *\n"
        r" +R1 – R2  rule same_email_and_given_name, match weight 30\.0",
        shown,
    )
    assert "Agreeing besides: the same e-mail address and name in any order (1)" in shown


def test_an_edge_by_the_model_shows_comparisons_that_sum_to_its_weight(project: Project) -> None:
    eva = explained(project, "crm/contact/e1")
    [edge] = eva.edges
    assert edge["edge_kind"] == "splink"
    assert sum(part["match_weight"] for part in edge["comparison_weights"]) == pytest.approx(
        edge["match_weight"], abs=0.001
    )
    shown = screen(eva)
    assert re.search(r"R1 – R2  compared by the model, one person at \d\d\.\d %", shown)
    assert re.search(r"same given name +\+6\.\d +█+", shown)
    assert re.search(r"family names alike, as if mistyped +\+0\.\d", shown)
    assert re.search(rf"match weight +{edge['match_weight']:.1f} *\n", shown)
    assert "not compared: year of birth in the e-mail, e-mail, phone, loyalty number" in shown


def test_a_refused_pair_is_told_by_ids_and_reason_alone(project: Project) -> None:
    max_, moritz = explained(project, "crm/contact/t1"), explained(project, "crm/contact/t2")
    assert {(row["other_customer_id"], row["other_source_record_id"]) for row in max_.refused} == {
        (moritz.customer_id, "t2")
    }
    assert {(row["edge_name"], row["vetoed_by"]) for row in max_.refused} >= {
        ("same_loyalty_number", "contradiction"),
        ("same_phone", "name"),
    }
    assert {row["refused_because"] for row in max_.refused} == {
        "their given names cannot be one person's",
        "as one customer they would have given names that cannot be one person's",
    }
    shown = screen(max_)
    assert "R1 and crm/contact/t2 of customer" in shown
    assert moritz.customer_id in shown
    assert "Moritz" not in shown, "the other brother's name is none of this customer's business"


def test_what_contradicts_along_a_chain_is_named(project: Project) -> None:
    [refused] = {
        (row["vetoed_by"], row["refused_because"]) for row in explained(project, "crm/contact/f1").refused
        if row["edge_name"] == "same_email_and_given_name"
    }  # fmt: skip
    assert refused == (
        "contradiction", "as one customer they would have birth dates that cannot be one person's"
    )  # fmt: skip


def test_the_page_is_private_needs_nothing_else_and_draws_what_the_model_added(
    project: Project, tmp_path: Path
) -> None:
    page = tmp_path / "eva.html"
    write_explanation_page(explained(project, "crm/contact/e1"), page)
    html = page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o777 == 0o600, "it holds personal data"
    assert "Why 2 records are one person" in html
    [drawing] = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert "family names alike, as if mistyped" in drawing
    assert "given_name: Exact match on given_name" in html, "the figures stand beneath"
    assert not re.search(r"(?:src|href)=\"(?!#|data:)|@import|url\((?!#)", html)
    assert "<script" not in html


def test_the_page_escapes_what_sources_delivered(project: Project, tmp_path: Path) -> None:
    page = tmp_path / "anna.html"
    anna = explained(project, "crm/contact/a1")
    records = [{**row, "given_name": "<img src=x onerror=alert(1)>"} for row in anna.records]
    write_explanation_page(dataclasses.replace(anna, records=records), page)
    html = page.read_text(encoding="utf-8")
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_the_page_says_what_keeps_a_contact_from_being_reached_and_never_makes_up_a_time(
    project: Project, tmp_path: Path
) -> None:
    page = tmp_path / "anna.html"
    anna = explained(project, "crm/contact/a1")
    contacts = [
        {**row, "is_valid": False, "invalid_reason": "placeholder", "is_shared": True, "customer_count": 3}
        for row in anna.contacts
    ]
    consents = [{**row, "decided_at": datetime(1970, 1, 1)} for row in anna.consents]  # noqa: DTZ001 - as in the table
    write_explanation_page(dataclasses.replace(anna, contacts=contacts, consents=consents), page)
    html = page.read_text(encoding="utf-8")
    assert "placeholder, shared by 3 customers" in html
    assert "time unknown" in html
    assert "1970" not in html


def test_a_page_that_cannot_be_written_is_refused_with_its_path(project: Project, tmp_path: Path) -> None:
    with pytest.raises(
        PageError, match=r"missing.page\.html: cannot be written \(No such file or directory\)"
    ):
        write_explanation_page(explained(project, "crm/contact/a1"), tmp_path / "missing" / "page.html")


def test_what_was_ever_decided_is_told_with_proof_and_night(project: Project, tmp_path: Path) -> None:
    anna = explained(project, "crm/contact/a1")
    entry = r"marketing by any: granted +2026-01-05 10:00 +consent +newsletter sign-up, form-v3 +recorded 2026-05-05"
    assert re.search(entry, screen(anna))
    page = tmp_path / "anna.html"
    write_explanation_page(anna, page)
    html = page.read_text(encoding="utf-8")
    assert "newsletter sign-up, form-v3" in html
    assert "Art. 6(1)(a) GDPR" in html


def test_consents_segments_and_audiences_are_told_with_reasons(project: Project) -> None:
    shown = screen(explained(project, "crm/contact/a1"))
    basis = r"marketing by email, Art. 6\(1\)\(a\) GDPR"
    assert re.search(rf"{basis} +granted +since 2026-01-05 10:00 +consent", shown)
    assert re.search(r"segment +new_buyers +since 2026-05-05", shown)
    assert re.search(r"activation +mailchimp_new_buyers +in the file by email", shown)
    assert re.search(
        r"activation +google_new_buyers +left out: denied since 2026-01-06 10:00 \(consent\)", shown
    )


def test_what_changed_over_time_is_told_with_its_nights(project: Project, tmp_path: Path) -> None:
    explanation = explained(project, "crm/contact/k2")
    [later] = [row for row in explanation.memberships if row["source_record_id"] == "k2"]
    assert (later["valid_from"], later["begun_words"]) == (SECOND, "came with a customer merged in")
    assert {row["valid_from"] for row in explanation.history if row["column_name"] == "family_name"} == {
        FIRST
    }
    write_explanation_page(explanation, tmp_path / "page.html")
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (tmp_path / "page.html").read_text(encoding="utf-8")))
    for told in (screen(explanation), page):
        assert "How they looked before" in told
        assert "came with a customer merged in" in told


def test_what_a_customer_bought_is_told_on_screen_and_page(project: Project, tmp_path: Path) -> None:
    anna = explained(project, "o1")
    assert anna.way == "found by order number"
    write_explanation_page(anna, tmp_path / "anna.html")
    for told in (screen(anna), (tmp_path / "anna.html").read_text(encoding="utf-8")):
        assert "20.00 EUR" in told
        assert "Neuweg 2" in told


def test_a_newsletters_address_alone_is_a_customer_too(project: Project) -> None:
    nobody = explained(project, "email/subscriber/n1")
    assert (len(nobody.records), nobody.edges, nobody.refused) == (1, [], [])
    assert "One record of email; no other was found to be the same person." in screen(nobody)


def test_a_delivered_escape_sequence_does_not_reach_the_terminal(project: Project) -> None:
    shown = screen(explained(project, "crm/contact/k1"))
    assert "\x1b" not in shown
    assert "Kim\N{REPLACEMENT CHARACTER}[31m" in shown


def test_json_holds_everything_with_dates_as_text(project: Project) -> None:
    eva = explained(project, "crm/contact/e1")
    document = json.loads(as_json(eva))
    assert set(document) == {field.name for field in dataclasses.fields(eva)}
    assert as_json(eva).isascii(), "no control character of a value reaches the terminal"
    assert document["profile"]["birth_date"] in {"1980-05-03", "1980-05-08"}
    assert document["edges"][0]["comparison_weights"][0]["comparison"] == "prior"
