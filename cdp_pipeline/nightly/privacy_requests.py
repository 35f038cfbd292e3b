"""Requests of people: whom they are about, as far as the published night knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.person_reference import customer_reference, unknown_reference
from cdp_pipeline.control.privacy_requests import SOON_DAYS, requests_due
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.find_customer import UnknownCustomerError, find_customer
from cdp_pipeline.plural import counted
from cdp_pipeline.publish.night_folder import current_night

PHONE = re.compile(r"\+?[\d\s()/.-]{6,}")


@dataclass(frozen=True)
class AskingPerson:
    """Who asks.

    Attributes:
        reference: as the register keeps it, without personal data.
        customer_id: None of somebody who is no customer, or not one alone.
    """

    reference: str
    customer_id: str | None = None


def asking_person(project: Project, question: str) -> AskingPerson:
    """Find out who asks: a customer of the published night, or somebody known by an address or number alone.

    Args:
        question: what `find_customer` understands, or the e-mail address or phone number that the person wrote from.

    Raises:
        UnknownCustomerError: an id or a record key leads to nobody.
    """
    is_contact = ("@" in question and "/" not in question) or bool(PHONE.fullmatch(question.strip()))
    folder = current_night(project.published)
    if folder is not None:
        try:
            with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
                customer_id = find_customer(engine, question).customer_id
            return AskingPerson(customer_reference(customer_id), customer_id)
        except UnknownCustomerError:
            if not is_contact:
                raise
    elif not is_contact:
        raise UnknownCustomerError(
            f"{project.published}: no night is published yet, so only an e-mail address or a phone number can be "
            "entered."
        )
    return AskingPerson(unknown_reference(project, question))


def waiting_requests(project: Project, business_date: date) -> list[str]:
    """Say which requests are overdue or due soon as of a night, in sentences for its report; counts alone."""
    due = requests_due(project, business_date)
    said = []
    if due.overdue:
        said.append(
            f"Overdue: {counted(due.overdue, 'privacy request')}. `cdp privacy request list` shows which."
        )
    if due.due_soon:
        said.append(f"Due within {SOON_DAYS} days: {counted(due.due_soon, 'privacy request')}.")
    return said
