"""The record of processing activities (article 30 GDPR), made of contracts and configuration: it cannot fall behind.

It holds no customer's data. What a contract does not know, such as who may enter the building, stays to be added.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.nightly.private_page import PageError
from cdp_pipeline.nightly.processing import (
    personal_tables,
    stated_purposes,
    stated_recipients,
    stated_sources,
)
from cdp_pipeline.report.record_page import render_record_markdown, render_record_page
from cdp_pipeline.sql_project import ModelGraph

Rows = list[dict[str, str]]

NOT_SAID = "not said"

EUROPEAN_ECONOMIC_AREA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)


def write_processing_record(project: Project, path: Path) -> None:
    """Write the record as .html, .md or .json, by the name of the file.

    Raises:
        ConfigError: the name ends otherwise.
        PageError: the file cannot be written.
    """
    document = processing_record(project)
    match path.suffix:
        case ".html":
            text = render_record_page(document)
        case ".md":
            text = render_record_markdown(document)
        case ".json":
            import json

            text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        case _:
            raise ConfigError(f"--out: {path.name} ends in neither .html, .md nor .json. Correct the name.")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PageError(
            f"{path}: cannot be written ({error.strerror}). Name a file in a folder that is there."
        ) from None


def processing_record(project: Project) -> dict[str, Any]:
    """Return the record: title, lead, and sections with title, text and rows (by the heads of their columns)."""
    graph = load_graph(project)
    return {
        "project": project.settings.title,
        "title": "Record of processing activities",
        "lead": "Article 30(1) GDPR, made of the configuration of this project. It changes with it.",
        "sections": [
            _section("Controller", _controller(project)),
            _section("Purposes and legal bases", _purposes(project)),
            _section("Categories of people", _people(project)),
            _section("Sources", _sources(project)),
            _section("Categories of personal data, by table", _tables(project, graph)),
            _section("Recipients and transfers", _recipients(project), TRANSFERS),
            _section("Periods after which data go", _periods(project), PERIODS),
            _section("Security measures", SECURITY),
        ],
    }


def _section(title: str, rows: Rows, text: str = "") -> dict[str, Any]:
    return {"title": title, "text": text, "rows": rows}


def _controller(project: Project) -> Rows:
    who = project.settings.controller
    said = who.model_dump() if who else {}
    names = {
        "name": "Name",
        "address": "Address",
        "contact": "Contact",
        "data_protection_officer": "Data protection officer",
        "supervisory_authority": "Supervisory authority",
    }
    missing = f"{NOT_SAID}: set `controller` in config/project.yml"
    return [{"What": title, "Who": said.get(key) or missing} for key, title in names.items()]


def _purposes(project: Project) -> Rows:
    used: dict[str, list[str]] = {}
    for activation in project.activations.values():
        used.setdefault(activation.purpose, []).append(activation.title)
    return [
        {
            "Purpose": f"{one.title} ({one.purpose})",
            "What is done": one.description,
            "Legal basis": one.legal_basis,
            "Activations": "; ".join(used.get(one.purpose, [])) or "none",
        }
        for one in stated_purposes(project)
    ]


def _people(project: Project) -> Rows:
    """Name the categories that the layouts of the project's sources bring."""
    return [
        {"People": KINDS_OF_PEOPLE.get(layout.layout, "People in this export"), "Known from": layout.title}
        for layout in project.used_layouts.values()
        if any(column.sensitivity != "none" for column in layout.columns.values())
    ]


KINDS_OF_PEOPLE = {
    "campaign_events": "Recipients of newsletters",
    "consent_preferences": "People who were asked for consent",
    "hubspot_contacts": "Customers and prospects",
    "klaviyo_profiles": "Recipients of newsletters",
    "loyalty_members": "Members of the loyalty programme",
    "mailchimp_audience": "Recipients of newsletters",
    "salesforce_account": "Customers and prospects",
    "salesforce_contact": "Customers and prospects",
    "service_tickets": "People with a request or a complaint",
    "shopify_customers": "Customers of the shop",
    "shopify_orders": "Buyers in the shop, and people to whom they send",
    "square_items": "Buyers in the stores",
    "square_transactions": "Buyers in the stores",
    "suppressions": "People who must not be contacted",
    "web_events": "Visitors of the website",
    "woocommerce_customers": "Customers of the shop",
    "woocommerce_orders": "Buyers in the shop",
}


def _sources(project: Project) -> Rows:
    return [
        {"Source": f"{one.title} ({one.source})", "Exports": ", ".join(one.exports)}
        for one in stated_sources(project)
    ]


def _tables(project: Project, graph: ModelGraph) -> Rows:
    return [
        {
            "Table": one.table,
            "What": one.description,
            **{title: ", ".join(one.columns.get(level, [])) or "–" for level, title in LEVELS.items()},
            "Kept": one.kept,
            "Published in": ", ".join(one.published) or "the working file alone",
        }
        for one in personal_tables(project, graph)
    ]


LEVELS = {"direct": "Names or reaches a person", "quasi": "Narrows down", "pseudonym": "Stands for a person"}


def _recipients(project: Project) -> Rows:
    return [
        {
            "Recipient": f"{one.recipient} ({one.destination})",
            "File": one.title,
            "Purpose": one.purpose,
            "What of a person": ", ".join(one.fields),
            "Country": one.country or f"{NOT_SAID}: set `recipient` in the destination",
            "Transfer": _transfer(one.country, one.safeguard),
        }
        for one in stated_recipients(project)
    ]


def _transfer(country: str, safeguard: str) -> str:
    if country and country not in EUROPEAN_ECONOMIC_AREA:
        return f"third country: {safeguard or 'no safeguard is named'}"
    return safeguard or ("–" if country else NOT_SAID)


def _periods(project: Project) -> Rows:
    return [
        {"What": rule.of, "Kept": rule.keep, "From": FROM.get(rule.of, rule.by), "Why": rule.why}
        for rule in project.retention.rules
    ]


FROM = {
    "validate.quarantine": "the night on which it was set aside",
    "segment.segment_member": "the day on which it ended",
    **dict.fromkeys(
        ("validate.record_history", "golden.profile_history", "golden.membership_history"),
        "the day on which it ended",
    ),
}

TRANSFERS = (
    "The pipeline writes files and sends nothing; whoever hands them over does so as this says. Processors that "
    "run the machine itself are to be added."
)

PERIODS = (
    "Every night deletes what is past its time and counts it in validate.retention. What is not listed is kept as long "
    "as its source is connected, or follows from what is."
)

SECURITY: Rows = [
    {"Measure": "Access", "How": "Files are readable by the pipeline's account alone (0600, folders 0700)."},
    {
        "Measure": "Pseudonyms",
        "How": "Customer ids are keyed hashes; analysts get others, by a key of its own.",
    },
    {
        "Measure": "Data minimisation",
        "How": "Analysts' file without direct identifiers, rare values withheld.",
    },
    {"Measure": "Hashing", "How": "Contact points leave as SHA-256 where the platform takes hashes."},
    {"Measure": "Consent", "How": "A second query proves every row before a night is published."},
    {
        "Measure": "Logs",
        "How": "Ids, counts and rules; no values of people in logs, errors and run metadata.",
    },
    {
        "Measure": "Traceability",
        "How": "Audit trail of publications and decisions; every value has its source.",
    },
    {"Measure": "Recovery", "How": "Nights are published whole or not at all, and can be rolled back."},
    {"Measure": "Encryption at rest", "How": "Left to the disk: DuckDB files are not encrypted."},
]
