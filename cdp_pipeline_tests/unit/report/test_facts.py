"""Facts: what is counted, from rows of the night's tables, and what stays hidden."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from cdp_pipeline.contracts.expectation import Severity
from cdp_pipeline.contracts.vacuous import is_vacuous
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.report.facts import gather_facts
from cdp_pipeline.report.facts.activations import ActivationFile, gather_activations
from cdp_pipeline.report.facts.consent import gather_consent
from cdp_pipeline.report.facts.customers import IdEvents, SourceCombination, gather_customers
from cdp_pipeline.report.facts.purchases import gather_purchases
from cdp_pipeline.report.facts.quality import gather_quality
from cdp_pipeline.report.facts.segments import gather_segments
from cdp_pipeline.report.facts.small_counts import ShownCount, shown_cells, shown_count, split_small
from cdp_pipeline.report.render import render_page
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.warehouse import BUSINESS_DATE, Warehouse, shipped_project


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """Every table of a night, empty."""
    built = Warehouse(Stage.PUBLISH)
    with built.engine:
        yield built


@pytest.mark.parametrize(
    ("people", "text", "length"),
    [(0, "0", 0), (1, "<5", 5), (4, "<5", 5), (5, "5", 5), (1234, "1,234", 1234)],
)
def test_one_to_four_people_cannot_be_told_apart(people: int, text: str, length: int) -> None:
    assert shown_count(people) == ShownCount(text, length)


@pytest.mark.parametrize("hidden", [1, 2, 3, 4])
def test_the_one_hidden_cell_of_a_whole_does_not_follow_from_the_others(hidden: int) -> None:
    """Every such breakdown of 1,234 = 617 + 600 + 17 looks the same."""
    cells = shown_cells([617, hidden, 600, 17 - hidden])
    assert [cell.text for cell in cells] == ["617", "<5", "600", "about 20"]
    assert [cell.people for cell in cells] == [617, 5, 600, 20]


def test_cells_are_exact_where_none_or_several_are_hidden() -> None:
    assert [cell.text for cell in shown_cells([617, 0, 600, 17])] == ["617", "0", "600", "17"]
    assert [cell.text for cell in shown_cells([617, 3, 600, 2])] == ["617", "<5", "600", "<5"]
    assert [cell.text for cell in shown_cells([3, 0])] == ["<5", "0"], (
        "the whole is as small: nothing to subtract"
    )


def test_small_groups_stand_together() -> None:
    assert split_small([("a", 9), ("b", 5), ("c", 4), ("d", 1)], lambda row: row[1]) == (
        [("a", 9), ("b", 5)],
        5,
    )
    assert split_small([("a", 9), ("b", 8)], lambda row: row[1], most=1) == ([("a", 9)], 8)


def test_a_project_without_any_table_has_no_parts() -> None:
    with Engine.open() as engine:
        facts = gather_facts(Night(engine, shipped_project(), BUSINESS_DATE, "run"))
    parts = (facts.deliveries, facts.customers, facts.segments, facts.consent, facts.activations)
    assert set(parts) == {None}
    assert facts.quality is None
    assert facts.purchases is None


def test_customers_are_counted_by_the_sources_that_know_them(warehouse: Warehouse) -> None:
    records = [(f"c{n}", "crm") for n in range(6)] + [(f"c{n}", "till") for n in range(6)]
    records += [(f"d{n}", "till") for n in range(7)] + [
        ("d0", "till"),
        ("e", "shop"),
        ("f", "shop"),
        ("f", "crm"),
    ]
    warehouse.given(
        "link.customer_source_record",
        *(
            {"source_system": source, "record_kind": "x", "source_record_id": str(n), "customer_id": customer}
            for n, (customer, source) in enumerate(records)
        ),
    )
    customers = gather_customers(warehouse.night)
    assert customers is not None
    assert (customers.customers, customers.records, customers.duplicates) == (15, 23, 8)
    assert customers.known_to_several == 7
    assert customers.combinations == [
        SourceCombination(("till",), 7),
        SourceCombination(("crm", "till"), 6),
        SourceCombination((), 2),  # one customer of the shop alone, one of shop and CRM
    ]
    assert customers.per_source == [("crm", 7, 7), ("shop", 2, 2), ("till", 13, 14)]
    assert customers.records_per_customer == [(1, 7), (2, 8)]


def test_a_dozen_sources_stand_with_their_names(warehouse: Warehouse) -> None:
    records = [(f"{n}-{i}", f"s{n:02}") for n in range(12) for i in range(6)]
    records += [
        (f"both{n}-{i}", source) for n in range(11) for i in range(5) for source in (f"s{n:02}", "s11")
    ]
    warehouse.given(
        "link.customer_source_record",
        *(
            {"source_system": source, "record_kind": "x", "source_record_id": str(n), "customer_id": customer}
            for n, (customer, source) in enumerate(records)
        ),
    )
    customers = gather_customers(warehouse.night)
    assert customers is not None
    assert len(customers.combinations) == 23
    assert SourceCombination((), 0) not in customers.combinations
    assert all(row.sources for row in customers.combinations)


def test_only_pairs_that_the_model_scored_are_in_the_histogram(warehouse: Warehouse) -> None:
    edge = {"left_source_system": "crm", "left_record_kind": "x", "right_source_system": "crm"}
    warehouse.given(
        "link.edge",
        {**edge, "edge_kind": "rule", "edge_name": "same_loyalty_number", "match_weight": 40},
        {**edge, "edge_kind": "splink", "edge_name": "same_email", "match_weight": 9.9},
        {**edge, "edge_kind": "splink", "edge_name": "same_phone", "match_weight": 8},
        {**edge, "edge_kind": "near_miss", "edge_name": "same_email", "match_weight": 7.9},
        {**edge, "edge_kind": "vetoed", "edge_name": "same_email", "match_weight": 21, "vetoed_by": "name"},
        {
            **edge,
            "edge_kind": "vetoed",
            "edge_name": "same_loyalty_number",
            "match_weight": 40,
            "vetoed_by": "name",
        },
        {**edge, "edge_kind": "decision", "edge_name": "same_email", "match_weight": 99},
    )
    customers = gather_customers(warehouse.night)
    assert customers is not None
    assert [(pair.match_weight, pair.kind, pair.pairs) for pair in customers.scored] == [
        (6, "near_miss", 1),
        (8, "splink", 2),
        (20, "vetoed", 1),
    ]
    assert customers.vetoes == [("name", 2)]


def test_what_befell_customer_ids_is_counted_by_night(warehouse: Warehouse) -> None:
    warehouse.given("link.customer_source_record", {"customer_id": "c_1"})
    events = ["mint", "mint", "merge", "split", "undo", "undo", "undo", "retire", "return"]
    nights = [("2026-05-04", events), ("2026-05-03", ["mint"]), ("2026-05-09", ["mint"])]
    rows = [{"business_date": on, "event": event} for on, happened in nights for event in happened]
    warehouse.given(
        "link.customer_id_event", *({**row, "event_number": number} for number, row in enumerate(rows))
    )
    customers = gather_customers(warehouse.night)
    assert customers is not None
    assert customers.id_events == [
        IdEvents(date(2026, 5, 4), minted=2, merged=1, split=1, undone=3, retired=1, returned=1),
        IdEvents(date(2026, 5, 3), minted=1, merged=0, split=0, undone=0, retired=0, returned=0),
    ], "a later night is not told"


CONTACT = {"is_valid": True, "is_mobile": None, "delivery_state": "reachable", "contact_kind": "email"}
CONSENT = {"contact_kind": "email", "purpose": "marketing", "channel": "email", "decided_at": "2026-04-01"}
GRANTED = {**CONSENT, "status": "granted", "is_granted": True}
REFUSED = {**CONSENT, "status": "denied", "is_granted": False}


def test_every_customer_counts_once_by_the_best_of_their_contact_points(warehouse: Warehouse) -> None:
    people = [
        "granted",
        "refused",
        "unasked",
        "bounced",
        "invalid",
        "none",
        "one_of_two",
        "unreadable",
        "answered",
    ]
    warehouse.given("golden.golden_profile", *({"customer_id": person} for person in people))
    warehouse.given(
        "golden.customer_contact",
        {**CONTACT, "customer_id": "granted", "contact_value": "a@x.de"},
        {**CONTACT, "customer_id": "refused", "contact_value": "b@x.de"},
        {**CONTACT, "customer_id": "unasked", "contact_value": "c@x.de"},
        {**CONTACT, "customer_id": "bounced", "contact_value": "d@x.de", "delivery_state": "bounced"},
        {**CONTACT, "customer_id": "invalid", "contact_value": "e@x", "is_valid": False},
        {**CONTACT, "customer_id": "one_of_two", "contact_value": "b@x.de"},
        {**CONTACT, "customer_id": "one_of_two", "contact_value": "f@x.de"},
        {**CONTACT, "customer_id": "unreadable", "contact_value": "g@x.de"},
        {**CONTACT, "customer_id": "answered", "contact_value": "h@x.de"},
    )
    warehouse.given(
        "golden.contact_consent",
        {**GRANTED, "contact_value": "a@x.de"},
        {**REFUSED, "contact_value": "b@x.de"},
        {**GRANTED, "contact_value": "d@x.de"},
        {**GRANTED, "contact_value": "e@x"},
        {**GRANTED, "contact_value": "f@x.de"},
        {**GRANTED, "contact_value": "g@x.de"},
        {**GRANTED, "contact_value": "h@x.de"},
    )
    warehouse.given(
        "golden.undecided_contact",
        {"contact_kind": "email", "contact_value": "g@x.de", "delivered_on": "2026-04-15"},
        {"contact_kind": "email", "contact_value": "h@x.de", "delivered_on": "2026-03-01"},
    )
    consent = gather_consent(warehouse.night)
    assert consent is not None
    by_mail = consent.channels[0]
    assert by_mail.label == "Marketing by e-mail"
    assert by_mail.allowed == 3, (
        "granted, one_of_two, and answered: the consent is later than the lost record"
    )
    assert by_mail.refused == 2, "refused, and unreadable: a refusal may stand in the record"
    assert by_mail.unasked == 1
    assert by_mail.unreachable == 3, "bounced, invalid, none"
    assert [sum([c.allowed, c.refused, c.unasked, c.unreachable]) for c in consent.channels] == [9, 9, 9]


def test_consent_to_one_purpose_is_none_to_another(warehouse: Warehouse) -> None:
    warehouse.given("golden.golden_profile", {"customer_id": "a"})
    warehouse.given("golden.customer_contact", {**CONTACT, "customer_id": "a", "contact_value": "a@x.de"})
    warehouse.given("golden.contact_consent", {**GRANTED, "contact_value": "a@x.de"})
    consent = gather_consent(warehouse.night)
    assert consent is not None
    assert {channel.label: channel.allowed for channel in consent.channels} == {
        "Marketing by e-mail": 1,
        "Marketing by text message": 0,
        "Advertising audiences": 0,
    }


def test_rare_reasons_lose_their_name(warehouse: Warehouse) -> None:
    [activation, *_] = warehouse.night.project.activations.values()
    reasons = ["denied"] * 6 + ["withdrawn"] * 3 + ["bounced"]
    warehouse.given(
        "activate.activation_size",
        {
            "activation": activation.activation,
            "segment": activation.segment,
            "destination": activation.destination,
            "people": 7,
            "minimum_people": 100,
            "is_below_minimum": True,
        },
    )
    warehouse.given(
        "activate.audience_exclusion",
        *(
            {"activation": activation.activation, "customer_id": str(n), "reason": reason}
            for n, reason in enumerate(reasons)
        ),
    )
    activations = gather_activations(warehouse.night)
    assert activations is not None
    [file] = activations.files
    assert file.left_out == [("denied", 6), ("other reasons", 4)]
    assert (file.people, file.minimum_people, file.is_below_minimum) == (7, 100, True)


@pytest.mark.parametrize(
    ("people", "left_out", "shown"),
    [
        (66, [("denied", 250), ("bounced", 5)], ("66", "255", ["250", "5"])),
        (66, [], ("66", "0", [])),
        (66, [("other reasons", 3)], ("about 70", "<5", ["<5"])),
        (67, [("other reasons", 2)], ("about 70", "<5", ["<5"])),
        (3, [("denied", 66)], ("<5", "about 70", ["about 70"])),
        (4, [("denied", 250), ("bounced", 15)], ("<5", "about 270", ["250", "about 20"])),
        (2, [("denied", 250), ("bounced", 17)], ("<5", "about 270", ["250", "about 20"])),
        (0, [("other reasons", 3)], ("0", "<5", ["<5"])),
    ],
)
def test_neither_file_nor_left_out_gives_a_small_number_away(
    people: int, left_out: list[tuple[str, int]], shown: tuple[str, str, list[str]]
) -> None:
    file = ActivationFile(
        "a", "A", "Segment", "Mailer", people, None, is_below_minimum=False, left_out=left_out
    )
    reasons = [cell.text for _, cell in file.shown_reasons]
    assert (file.shown_people.text, file.shown_left_out.text, reasons) == shown


def test_segments_of_tonight_come_with_their_past_and_given_up_ones_are_gone(warehouse: Warehouse) -> None:
    counts = {"non_member_count": 5, "unknown_count": 0, "entered_count": 1, "left_count": 0}
    warehouse.given(
        "segment.segment_size",
        {**counts, "segment": "new_buyers", "business_date": "2026-05-03", "member_count": 3},
        {**counts, "segment": "new_buyers", "business_date": "2026-05-04", "member_count": 4},
        {**counts, "segment": "lapsed_buyers", "business_date": "2026-05-04", "member_count": 9},
        {**counts, "segment": "given_up", "business_date": "2026-05-03", "member_count": 8},
    )
    segments = gather_segments(warehouse.night)
    assert segments is not None
    assert [row.segment for row in segments.tonight] == ["lapsed_buyers", "new_buyers"]
    assert [(row.segment, row.members) for row in segments.nights] == [
        ("lapsed_buyers", 9),
        ("new_buyers", 3),
        ("new_buyers", 4),
    ]


def test_revenue_is_summed_in_one_currency_up_to_the_business_date(warehouse: Warehouse) -> None:
    purchase = {"source_system": "shop", "channel": "shop", "currency": "EUR", "status": "paid"}
    warehouse.given(
        "standardise.purchase",
        {**purchase, "purchase_id": "1", "occurred_at": "2026-04-30 23:59:59", "net_amount": "10.10"},
        {**purchase, "purchase_id": "2", "occurred_at": "2026-05-04 23:59:59", "net_amount": "5.05"},
        {**purchase, "purchase_id": "3", "occurred_at": "2026-05-04 08:00:00", "net_amount": "-1.05"},
        {**purchase, "purchase_id": "4", "occurred_at": "2026-05-05 00:00:00", "net_amount": "99"},
        {**purchase, "purchase_id": "5", "occurred_at": "2024-05-31 00:00:00", "net_amount": "99"},
        {
            **purchase,
            "purchase_id": "6",
            "occurred_at": "2026-05-01 00:00:00",
            "net_amount": "99",
            "currency": "CHF",
        },
    )
    purchases = gather_purchases(warehouse.night)
    assert purchases is not None
    assert purchases.currency == "EUR"
    assert [(row.month, row.purchases, row.net_revenue) for row in purchases.months] == [
        (date(2026, 4, 1), 1, Decimal("10.10")),
        (date(2026, 5, 1), 2, Decimal("4.00")),
    ]


PROPORTION = "expect_column_proportion_of_non_null_values_to_be_between"


def test_a_warning_about_values_of_an_empty_table_is_no_verdict(warehouse: Warehouse) -> None:
    verdict = {
        "business_date": BUSINESS_DATE,
        "is_met": False,
        "failing_rows": 0,
        "table_name": "standardise.product",
    }
    rows: list[tuple[str, Severity, int]] = [
        (PROPORTION, Severity.WARNING, 0),
        (PROPORTION, Severity.WARNING, 7),
        (PROPORTION, Severity.CRITICAL, 0),
        ("expect_table_row_count_to_be_between", Severity.WARNING, 0),
        ("expect_column_to_exist", Severity.WARNING, 0),
    ]
    warehouse.given(
        "validate.result",
        *(
            {
                **verdict,
                "expectation_id": str(number),
                "expectation_type": kind,
                "severity": severity.value,
                "evaluated_rows": evaluated,
            }
            for number, (kind, severity, evaluated) in enumerate(rows)
        ),
    )
    quality = gather_quality(warehouse.night)
    assert quality is not None
    judged = {(row.rule, row.severity, row.evaluated) for row in quality.unmet}
    assert judged == {
        (str(number), severity.value, evaluated)
        for number, (_, severity, evaluated) in enumerate(rows)
        if number > 0
    }
    assert (quality.met, quality.expectations) == (0, 4)
    assert [is_vacuous(*row, is_met=False) for row in rows] == [True, False, False, False, False]
    assert not is_vacuous(*rows[0], is_met=True)


def test_a_part_whose_query_fails_is_left_out_and_the_others_stand(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse.build("extract.source_system")
    warehouse.engine.execute(
        "create or replace table segment.segment_size as select 'Ada Lovelace' as segment"
    )
    with caplog.at_level(logging.WARNING):
        facts = gather_facts(warehouse.night)
    assert facts.segments is None
    assert facts.failed == ("segments",)
    assert facts.customers is not None
    assert "the part segments could not be gathered (EngineError)" in caplog.text
    assert "Lovelace" not in caplog.text
    assert "This part could not be drawn tonight." in render_page(facts)


def test_quality_names_broken_rules_and_counts_known_values(warehouse: Warehouse) -> None:
    verdict = {"business_date": BUSINESS_DATE, "evaluated_rows": 10, "expectation_type": "expect_x"}
    warehouse.given(
        "validate.result",
        {**verdict, "table_name": "golden.a", "expectation_id": "1", "is_met": True, "failing_rows": 0},
        {
            **verdict,
            "table_name": "golden.b",
            "expectation_id": "2",
            "is_met": False,
            "failing_rows": 3,
            "severity": "warning",
        },
        {
            **verdict,
            "table_name": "golden.a",
            "expectation_id": "1",
            "is_met": False,
            "business_date": "2026-05-03",
        },
    )
    warehouse.given(
        "golden.golden_profile",
        {"customer_id": "a", "given_name": "Ada", "email": "a@x.de"},
        {"customer_id": "b", "given_name": "Bo"},
    )
    quality = gather_quality(warehouse.night)
    assert quality is not None
    assert (quality.met, quality.expectations) == (1, 2)
    assert [(row.table, row.failing, row.evaluated) for row in quality.unmet] == [("golden.b", 3, 10)]
    assert quality.profiles == 2
    assert dict(quality.completeness)["given_name"] == 2
    assert dict(quality.completeness)["email"] == 1
    assert "customer_id" not in dict(quality.completeness)
