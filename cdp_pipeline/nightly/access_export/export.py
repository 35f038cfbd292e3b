"""Writing an access export: a folder with data.json and page.html, for the eyes of the person alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdp_pipeline.control.audit import record_event
from cdp_pipeline.control.privacy_requests import RequestKind, close_request, take_up_request
from cdp_pipeline.engine import read_working_file
from cdp_pipeline.engine.working_file import Say, say_nothing
from cdp_pipeline.errors import NightError
from cdp_pipeline.nightly.access_export.collect import PersonData, collect
from cdp_pipeline.nightly.access_export.document import access_document
from cdp_pipeline.nightly.access_export.words import LANGUAGES, TITLES
from cdp_pipeline.nightly.erasure.people import find_person
from cdp_pipeline.nightly.private_page import PageError, write_private_page
from cdp_pipeline.report.access_page import render_access_page

if TYPE_CHECKING:
    from cdp_pipeline.contracts.project import Project

COMMAND = "cdp privacy export"
PRIVATE_FOLDER = 0o700
GERMAN_SPEAKING = ("AT", "CH", "DE", "LI")


@dataclass(frozen=True)
class AccessExport:
    """What was written.

    Attributes:
        request_id: the request that it answers, done by now.
        rows: rows of the person in all tables.
    """

    folder: Path
    request_id: int
    language: str
    tables: int
    rows: int


def export_person(
    project: Project,
    question: str,
    folder: Path,
    language: str = "",
    request_id: int = 0,
    say: Say = say_nothing,
) -> AccessExport:
    """Write everything that is held about a person into a folder, and close the request that asks for it.

    Args:
        question: what `find_customer` understands, or an address or number of somebody who is no customer.
        folder: new or empty; holds personal data afterwards, readable by its owner alone.
        language: en or de; by default the person's.
        request_id: else the open request of this person is taken, or one is entered.

    Raises:
        NightError: no night has run.
        PageError: the folder cannot be written, or is not empty.
        UnknownCustomerError: the question leads to no customer, or to several.
    """
    if not project.working_file.exists():
        raise NightError(f"{project.working_file}: no night has run yet. Run one first: cdp run.")
    _check_place(folder)
    with read_working_file(project, COMMAND, say) as engine:
        person = find_person(project, engine, question)
        request = take_up_request(project, RequestKind.ACCESS, person.reference, request_id)
        data = collect(project, engine, person)
    spoken = language or _language_of(data)
    document = access_document(project, data, spoken)
    _write(document, folder, spoken)
    close_request(project, request)
    record_event(project, "access exported", f"request {request}")
    return AccessExport(folder, request, spoken, len(data.tables), sum(map(len, data.tables.values())))


def _check_place(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PageError(f"{folder}: is not empty. Name a new or empty folder.")


def _language_of(data: PersonData) -> str:
    """Return the person's language; where none is known German in countries that speak it, else English."""
    for profile in data.tables.get("golden.golden_profile", []):
        if profile.get("language"):
            return profile["language"] if profile["language"] in LANGUAGES else "en"
        if profile.get("country") in GERMAN_SPEAKING:
            return "de"
    return "en"


def _write(document: dict[str, Any], folder: Path, language: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        folder.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise PageError(f"{folder}: cannot be made ({error.strerror}). Name another folder.") from None
    text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
    write_private_page(text + "\n", folder / "data.json")
    write_private_page(render_access_page(document, TITLES[language]), folder / "page.html")
