"""The page: safe to open and to pass on, whatever the configuration says and whatever is missing."""

from __future__ import annotations

import dataclasses
import logging
import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from cdp_pipeline.link.evidence_words import VETOES
from cdp_pipeline.report import charts
from cdp_pipeline.report.attention import calm, worth_a_look
from cdp_pipeline.report.facts import EarlierNight, NightFacts
from cdp_pipeline.report.facts.activations import ActivationFile, Activations
from cdp_pipeline.report.facts.consent import ChannelConsent, ConsentCoverage
from cdp_pipeline.report.facts.customers import Customers, Edge, IdEvents, ScoredPairs, SourceCombination
from cdp_pipeline.report.facts.deliveries import Deliveries, Delivery, QuarantineRule, SourceState
from cdp_pipeline.report.facts.purchases import ChannelMonth, Coverage, Purchases
from cdp_pipeline.report.facts.quality import Quality, TableVerdicts, UnmetExpectation
from cdp_pipeline.report.facts.segments import SegmentNight, Segments
from cdp_pipeline.report.render import render_page

TONIGHT = date(2026, 5, 5)
FACTS = NightFacts(
    title="Shoes & Co",
    business_date=TONIGHT,
    run_id="run7",
    before=EarlierNight(date(2026, 5, 4), customers=1300, records=2950),
    deliveries=Deliveries(
        rows=[Delivery("crm", "salesforce_contact", 1, 1500, 1496, 3, 1)],
        quarantine=[
            QuarantineRule("crm", "salesforce_contact", "contact_id_not_be_null", "It needs an id.", 3)
        ],
        source_titles={"crm": "The CRM", "till": "Tills"},
        silent_sources=["Tills"],
        unrecognised_files=1,
        repeated_files=1,
        records_ever=4500,
    ),
    customers=Customers(
        customers=1234,
        records=3000,
        known_to_several=803,
        combinations=[
            SourceCombination(("crm", "till"), 800),
            SourceCombination(("crm",), 330),
            SourceCombination(("till",), 101),
            SourceCombination((), 3),
        ],
        per_source=[("crm", 1130, 1500), ("till", 903, 1500)],
        records_per_customer=[(1, 430), (2, 801), (8, 3)],
        edges=[Edge("rule", "same_email", 1400), Edge("splink", "same_address", 40)],
        scored=[ScoredPairs(8.0, "splink", 40)],
        vetoes=[("name", 17)],
        threshold=8,
        id_events=[IdEvents(TONIGHT, 12, 78, 0, undone=3, retired=45, returned=6)],
    ),
    segments=Segments(
        titles={"new_buyers": "New buyers"},
        tonight=[SegmentNight("new_buyers", TONIGHT, 321, 900, 13, 20, 10)],
        nights=[SegmentNight("new_buyers", TONIGHT, 321, 900, 13, 20, 10)],
    ),
    consent=ConsentCoverage([ChannelConsent("Marketing by e-mail", 617, 2, 600, 15)]),
    activations=Activations(
        [
            ActivationFile(
                "a", "Welcome", "New buyers", "Mailer", 66, 100, True, [("denied", 252), ("other reasons", 3)]
            )
        ]
    ),
    quality=Quality(
        stages=[TableVerdicts("golden", 3, 40, 39)],
        unmet=[UnmetExpectation("golden.x", "birth_date_is_missing", "warning", 50, 2)],
        completeness=[("given_name", 1100), ("email", 1231)],
        profiles=1234,
    ),
    purchases=Purchases(
        "EUR",
        [ChannelMonth(date(2026, 5, 1), "shop", 10, Decimal("12345.60"))],
        [Coverage("shop", "EUR", 10, 7, Decimal("12345.60"))],
    ),
)
PARTS = ("deliveries", "customers", "segments", "consent", "activations", "quality", "purchases")


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    return render_page(FACTS)


def test_nothing_is_fetched_from_anywhere(html: str) -> None:
    page = Page(html)
    assert not re.findall(r"https?:|//[a-z]|@import|@font-face", html)
    assert {tag for tag, _ in page.tags} & {
        "script",
        "iframe",
        "object",
        "embed",
        "img",
        "base",
        "form",
    } == set()
    links = [
        value for _, attributes in page.tags for name, value in attributes.items() if name in {"href", "src"}
    ]
    assert all(link and link.startswith(("#", "data:,")) for link in links if link != "quality.html")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    [policy] = [meta["content"] for meta in page.named("meta") if "http-equiv" in meta]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_every_inner_link_leads_somewhere_and_ids_are_unique(html: str) -> None:
    ids = [attributes["id"] for _, attributes in Page(html).tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {link["href"] for link in Page(html).named("a")} - {"quality.html"}  # beside it in the folder
    assert targets <= {f"#{name}" for name in ids}
    assert {f"#{part}" for part in PARTS} <= targets


def test_light_and_dark_define_the_same_colours_and_charts_use_no_other(html: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", html, re.DOTALL)
    names = set(re.findall(r"--([\w-]+):", light))
    assert names == set(re.findall(r"--([\w-]+):", dark))
    assert light != dark
    assert set(re.findall(r"var\(--([\w-]+)", html)) <= names
    assert "@media screen and (prefers-color-scheme: dark)" in html, "paper stays light"


def test_the_figures_stand_on_the_page(html: str) -> None:
    text = Page(html).text
    assert "Night of Tuesday, 5 May 2026" in text
    for figure in (
        "1,234 customers",
        "3,000 source records",
        "−66 since 4 May",
        "+50 since 4 May",
        "1,766",
        "617",
    ):
        assert figure in text
    assert "50 % of all customers" in text
    assert "12,346" in text
    assert "birth date is missing" in text


def test_all_that_befell_customer_ids_is_told(html: str) -> None:
    text = Page(html).text
    assert re.search(r"New\s+Merged\s+Split off\s+Merge undone\s+Retired\s+Returned", text)
    assert re.search(r"5 May 2026\s+12\s+78\s+0\s+3\s+45\s+6", text)


def test_every_veto_has_words_of_its_own() -> None:
    assert FACTS.customers
    vetoes = [(name, place) for place, name in enumerate(VETOES, start=1)]
    html = render_page(
        dataclasses.replace(FACTS, customers=dataclasses.replace(FACTS.customers, vetoes=vetoes))
    )
    table = html[html.index("<h3>Held apart</h3>") :]
    rows = re.findall(r'<th scope="row">(.*?)</th>', table[: table.index("</table>")])
    assert len(rows) == len(VETOES)
    assert not {name.replace("_", " ") for name in VETOES} & set(rows)


def test_what_deserves_a_look_is_said_in_sentences(html: str) -> None:
    text = Page(html).text
    for sentence in (
        "Nothing new came from Tills.",
        "Set aside in quarantine: 3 records of 1,500.",
        "About 70 people are in the file “Welcome”; Mailer takes 100 or more.",
        "Not met: 1 expectation of the data. Records that break a critical one are in quarantine",
    ):
        assert sentence in text


def test_one_to_four_people_of_a_breakdown_are_hidden_also_in_the_length_of_bars(html: str) -> None:
    """Both nights are of 1,234 customers and of a segment of 321, as the page says: nothing can be subtracted."""
    assert Page(html).text.count("<5") >= 4
    assert html == render_page(other_small_counts(FACTS)), (
        "three people and one look alike, with the cell beside"
    )


def other_small_counts(facts: NightFacts) -> NightFacts:
    """Change small counts and what they could be subtracted from, so that every whole stays as it is."""
    assert facts.customers
    assert facts.activations
    assert facts.quality
    customers = dataclasses.replace(
        facts.customers,
        known_to_several=801,
        combinations=[
            SourceCombination(("crm", "till"), 800),
            SourceCombination(("crm",), 330),
            SourceCombination(("till",), 103),
            SourceCombination((), 1),
        ],
        records_per_customer=[(1, 431), (2, 801), (8, 2)],
    )
    assert customers.customers == sum(row.customers for row in customers.combinations)
    [file] = facts.activations.files
    file = dataclasses.replace(file, people=68, left_out=[("denied", 252), ("other reasons", 1)])
    return dataclasses.replace(
        facts,
        customers=customers,
        consent=ConsentCoverage([ChannelConsent("Marketing by e-mail", 617, 4, 600, 13)]),
        activations=Activations([file]),
        quality=dataclasses.replace(facts.quality, completeness=[("given_name", 1100), ("email", 1233)]),
    )


def test_the_number_beside_a_hidden_one_is_rounded_and_the_others_are_exact(html: str) -> None:
    text = Page(html).text
    assert "Marketing by e-mail 617 50 % 600 <5 about 20" in text, (
        "617 + 600 + 2 + 15 are the 1,234 customers"
    )
    assert "Mailer takes 100 or more about 70 about 260 252 denied , <5 other reasons" in text
    assert "<5 all other combinations" not in text
    assert "all other combinations <5" in text
    assert "till about 100" in text
    assert "800" in text


def test_bars_are_drawn_in_whole_per_cents(html: str) -> None:
    widths = re.findall(r'style="width:([^"]+)%"', html)
    assert len(widths) > 10
    assert all(width.isdigit() and 1 <= int(width) <= 100 for width in widths)


HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


def test_titles_that_look_like_markup_stay_text() -> None:
    assert FACTS.segments
    assert FACTS.deliveries
    assert FACTS.activations
    facts = dataclasses.replace(
        FACTS,
        title=HOSTILE,
        segments=dataclasses.replace(FACTS.segments, titles={"new_buyers": HOSTILE}),
        deliveries=dataclasses.replace(
            FACTS.deliveries, source_titles={"crm": HOSTILE}, silent_sources=[HOSTILE]
        ),
        activations=Activations(
            [
                dataclasses.replace(file, title=HOSTILE, destination=HOSTILE)
                for file in FACTS.activations.files
            ]
        ),
    )
    html = render_page(facts)
    page = Page(html)
    assert {tag for tag, _ in page.tags} & {"script", "img"} == set()
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert page.text.count("<script>alert('x')</script>") >= 5


def without(*parts: str) -> NightFacts:
    nothing: dict[str, Any] = dict.fromkeys(parts)
    return dataclasses.replace(FACTS, **nothing)


def test_a_blocked_source_is_said_before_all_else_of_the_deliveries() -> None:
    reasons = "crm/a.csv: column [Id] is missing."
    deliveries = dataclasses.replace(
        FACTS.deliveries,
        rows=[Delivery("crm", "salesforce_contact", 1, 1500, 0, 3, 1, 1496)],
        states=[
            SourceState("crm", "CRM <1>", "blocked", reasons, date(2026, 5, 3)),
            SourceState("till", "Tills", "warned", "Nothing new has come for 3 days.", None),
        ],
    )
    notices = [notice.text for notice in worth_a_look(dataclasses.replace(FACTS, deliveries=deliveries))]
    assert f"Blocked: CRM <1>. The night goes on with its last good data, of 2026-05-03. {reasons}" in notices
    assert "Tills: Nothing new has come for 3 days." in notices
    page = render_page(dataclasses.replace(FACTS, deliveries=deliveries))
    assert "CRM &lt;1&gt;" in page
    assert "Held back" in page
    assert "Held back" not in render_page(FACTS)


def test_a_calm_night_claims_only_what_its_parts_know() -> None:
    assert FACTS.deliveries
    assert FACTS.quality
    delivered = dataclasses.replace(FACTS.deliveries, rows=[], silent_sources=[], unrecognised_files=0)
    met = dataclasses.replace(FACTS.quality, unmet=[])
    quiet = dataclasses.replace(without(*PARTS), deliveries=delivered)
    assert calm(quiet) == "Nothing stands out: every source delivered and no record was set aside."
    assert calm(dataclasses.replace(quiet, quality=met)) == (
        "Nothing stands out: every source delivered, no record was set aside and all expectations are met."
    )
    assert worth_a_look(dataclasses.replace(quiet, quality=met)) == []


def test_a_part_that_could_not_be_gathered_says_so_in_its_place() -> None:
    page = Page(render_page(dataclasses.replace(without("consent"), failed=("consent",))))
    assert "Consent This part could not be drawn tonight." in page.text
    assert "Consent: This part of the page could not be made; the log says why." in page.text
    assert "consent" in {attributes.get("id") for _, attributes in page.tags}


def test_a_silent_source_that_is_warned_of_is_told_once() -> None:
    assert FACTS.deliveries
    silence = "Nothing new has come for 3 days."
    facts = dataclasses.replace(
        FACTS,
        deliveries=dataclasses.replace(
            FACTS.deliveries,
            silent_sources=["Tills"],
            states=[SourceState("till", "Tills", "warned", silence, None)],
        ),
    )
    told = [notice.text for notice in worth_a_look(facts) if "Tills" in notice.text]
    assert told == [f"Tills: {silence}"]


def test_activation_files_that_are_held_back_are_told_with_the_reason() -> None:
    facts = dataclasses.replace(FACTS, held_back=("consent/p.csv: the file is damaged.",))
    text = Page(render_page(facts)).text
    assert (
        "Activation files are held back: a file that may take consents back cannot be read. "
        "consent/p.csv: the file is damaged."
    ) in text
    assert "No audience file leaves this night." in text
    assert "ready to be sent" in Page(render_page(FACTS)).text
    assert "ready to be sent" not in text


def test_several_of_a_kind_are_one_sentence() -> None:
    assert FACTS.activations
    assert FACTS.segments
    assert FACTS.deliveries
    [file], [size] = FACTS.activations.files, FACTS.segments.tonight
    nobody = dataclasses.replace(file, people=0, is_below_minimum=True)
    titles = {"a": "A", "b": "B", "c": "C"}
    facts = dataclasses.replace(
        without("quality"),
        deliveries=dataclasses.replace(
            FACTS.deliveries,
            source_titles=titles,
            silent_sources=["A", "B"],
            rows=[],
            unrecognised_files=0,
        ),
        activations=Activations(
            [dataclasses.replace(nobody, title="One"), dataclasses.replace(nobody, title="Two"), file]
        ),
        segments=Segments(
            titles,
            [dataclasses.replace(size, segment=name, members=0 if name < "c" else 9) for name in titles],
            [],
        ),
    )
    assert [notice.text for notice in worth_a_look(facts)] == [
        "Nothing new came from 2 of 3 sources: A, B.",
        "Nobody is in 2 of 3 files: “One”, “Two”.",
        "About 70 people are in the file “Welcome”; Mailer takes 100 or more.",
        "Nobody belongs to 2 of 3 segments: “A”, “B”.",
    ]
    nobody_anywhere = dataclasses.replace(
        facts.segments,
        tonight=[dataclasses.replace(size, segment=name, members=0) for name in titles],
    )
    only_segments = dataclasses.replace(without(*PARTS), segments=nobody_anywhere)
    assert [notice.text for notice in worth_a_look(only_segments)] == [
        "Nobody belongs to any of the 3 segments."
    ]
    two_short = Activations(
        [
            file,
            dataclasses.replace(file, title="Other", people=0),
            dataclasses.replace(file, title="Third", people=3),
        ]
    )
    assert [
        notice.text for notice in worth_a_look(dataclasses.replace(without(*PARTS), activations=two_short))
    ] == [
        "Nobody is in the file “Other”.",
        "Fewer people than the platform takes are in 2 of 3 files: “Welcome” (about 70 of 100), “Third” (<5 of 100).",
    ]


@pytest.mark.parametrize("missing", PARTS)
def test_a_part_without_tables_is_left_out(missing: str) -> None:
    page = Page(render_page(without(missing)))
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert missing not in ids
    assert set(PARTS) - {missing} <= ids
    assert "customers" in page.text


def test_a_first_night_of_nothing_is_still_a_page() -> None:
    page = Page(render_page(dataclasses.replace(without(*PARTS), before=None)))
    assert "Nothing stands out." in page.text, (
        "and nothing more: there is no delivery and no verdict to speak of"
    )
    assert "since" not in page.text


def test_empty_tables_make_a_page_without_charts() -> None:
    assert FACTS.customers
    assert FACTS.deliveries
    empty = Customers(0, 0, 0, [], [], [], [], [], [], 8, [])
    facts = dataclasses.replace(
        FACTS,
        before=None,
        customers=empty,
        segments=Segments({}, [], []),
        deliveries=Deliveries([], [], {}, [], 0, 0, 0),
        consent=ConsentCoverage([ChannelConsent("Marketing by e-mail", 0, 0, 0, 0)]),
        purchases=None,
    )
    page = Page(render_page(facts))
    assert page.named("svg") == []
    assert "first published night" in page.text


def test_a_chart_that_cannot_be_drawn_leaves_its_table(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(rows: object, currency: object) -> None:
        raise ValueError("12345.60 of somebody")

    monkeypatch.setattr(charts, "revenue_chart", fail)
    with caplog.at_level(logging.WARNING):
        page = Page(render_page(FACTS))
    assert "This chart could not be drawn." in page.text
    assert "12,346" in page.text
    assert "the chart revenue could not be drawn (ValueError)" in caplog.text
    assert "somebody" not in caplog.text


def test_equal_facts_give_equal_bytes(html: str) -> None:
    assert render_page(FACTS) == html


def test_every_plot_has_a_table_behind_it(html: str) -> None:
    page = Page(html)
    assert len(page.named("svg")) == len(page.named("details")) == 5
    assert html.count("Show as table") == 5
    assert all(svg.get("role") == "img" and svg.get("aria-labelledby") for svg in page.named("svg"))


def test_what_waits_for_people_in_the_house_is_worth_a_look() -> None:
    facts = dataclasses.replace(FACTS, reminders=("Due within 7 days: 2 privacy requests.",))
    assert "Due within 7 days: 2 privacy requests." in render_page(facts)
