"""One customer of the published night, with the words that say why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.explain.consents import told_entries, with_basis
from cdp_pipeline.nightly.explain.decisions import with_words
from cdp_pipeline.nightly.explain.events import told_events
from cdp_pipeline.nightly.explain.facts import FACTS, LATER_FACTS
from cdp_pipeline.nightly.explain.history import records_over_time, values_over_time
from cdp_pipeline.nightly.explain.links import told_links, told_refusals
from cdp_pipeline.nightly.explain.queries import LATER_TABLES, QUERIES, Row, key_of
from cdp_pipeline.nightly.explain.summary import summary_of
from cdp_pipeline.nightly.find_customer import find_customer
from cdp_pipeline.nightly.published import require_published
from cdp_pipeline.publish.manifest import read_manifest


@dataclass(frozen=True)
class Explanation:
    """One customer of one published night. It holds personal data: for the screen of who asked, no log.

    Attributes:
        way: how the question led to the customer, in words; empty when the id itself was given.
        summary: why these records are one person, in a few sentences.
        profile: columns of `golden.golden_profile`, in its order.
        values: one row per profile column and candidate: value, record key, is_survivor, decided_by.
        records: one row per source record: label (R1, R2, …), names, contacts, addresses and external ids.
        edges: one row per pair of the customer's records that a rule, the model or a decision joined. In words:
            because, why. is_link: one of the fewest and strongest that hold the records together.
            comparison_weights (log2 units, each with words) for pairs that the model scored, else None.
        refused: one row per vetoed or near-miss pair with a record of somebody else, by key alone, with the same
            words.
        decisions: what people decided about these records: of the night, and since.
        match_threshold: match weight (log2) from which the model's pairs are joined, as linkage.yml says today.
        old_ids: ids that were merged into this one, with the night.
        events: the ledger of this id: mint, merge, split, with cause and words.
        segments: one row per segment and stay.
        contacts: one row per contact point, with its state.
        consents: one row per contact point, purpose and channel on record, with title and article of the purpose.
        consent_ledger: one row per entry of the ledger about these contact points, with words.
        history: one row per profile column and stretch in which it said the same: column_name, value, valid_from,
            valid_to.
        memberships: one row per record and stretch in which it was this customer's: key, label of a record of today,
            valid_from, valid_to, begun_by and ended_by, each also in words.
        corrections: one row per column that a person had corrected.
        addresses: one row per address, former ones among them, the profile's first.
        external_ids: one row per loyalty number, id of the CRM and browser.
        channels: one row per channel with first and last trace.
        purchases: one row per purchase with its `lines`, the newest first; so are the next three.
        campaigns: one row per campaign with what happened to its e-mails (`events`).
        requests: one row per request to customer service.
        visits: one row per visit to the web shop with its `events`.
        activations: one row per activation: state sent, left_out (with reason) or not_in_segment.
    """

    project: str
    business_date: date
    customer_id: str
    way: str
    summary: list[str]
    profile: Row
    values: list[Row]
    records: list[Row]
    edges: list[Row]
    refused: list[Row]
    decisions: list[Row]
    match_threshold: float
    old_ids: list[Row]
    events: list[Row]
    segments: list[Row]
    contacts: list[Row]
    consents: list[Row]
    consent_ledger: list[Row]
    activations: list[Row]
    history: list[Row]
    memberships: list[Row]
    corrections: list[Row]
    addresses: list[Row]
    external_ids: list[Row]
    channels: list[Row]
    purchases: list[Row]
    campaigns: list[Row]
    requests: list[Row]
    visits: list[Row]


def explain_customer(project: Project, question: str) -> Explanation:
    """Explain the customer that is asked for, from the current published night.

    Args:
        question: what `find_customer` understands: an id, its beginning, a record key, an e-mail address, a phone or
            order number.

    Raises:
        NightError: no night is published.
        UnknownCustomerError: the question leads to no customer, or to several.
    """
    folder = require_published(project)
    manifest, later = read_manifest(folder), {**LATER_TABLES, **LATER_FACTS}
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        found = find_customer(engine, question)
        answers = {
            name: engine.fetch_arrow(query, [found.customer_id]).to_pylist()
            for name, query in {**QUERIES, **FACTS}.items()
            if name not in later or engine.table_exists(later[name])
        }
    [profile] = answers.pop("profile")
    answers = _told(project, answers)
    return Explanation(
        project=manifest.project,
        business_date=manifest.business_date,
        customer_id=found.customer_id,
        way=found.way,
        summary=summary_of(answers),
        profile=profile,
        match_threshold=project.linkage.match_threshold.match_weight,
        **{**{name: [] for name in FACTS}, **answers},
    )


def _told(project: Project, answers: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Give the records labels, and edges, decisions and events their words."""
    records = [{"label": f"R{number}", **row} for number, row in enumerate(answers["records"], start=1)]
    labels = {key_of(row): row["label"] for row in records}
    purposes = answers.pop("purposes", [])
    return {
        **answers,
        "records": records,
        "edges": told_links(answers["edges"], labels, project.linkage),
        "refused": told_refusals(answers["refused"], labels, project.linkage),
        "decisions": with_words(answers.get("decisions", []), labels, project),
        "events": told_events(answers["events"]),
        "consents": with_basis(answers["consents"], purposes),
        "consent_ledger": told_entries(answers.get("consent_ledger", [])),
        "history": values_over_time(answers.get("history", [])),
        "memberships": records_over_time(answers.get("memberships", []), labels),
    }
