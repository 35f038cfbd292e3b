"""Who is to be erased: from what a request names to customers, or to a contact that is no customer's."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import phonenumbers

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.person_reference import customer_reference, unknown_reference
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import CdpError
from cdp_pipeline.nightly.find_customer import UnknownCustomerError, find_customer

PERSON_COLUMN = "person"


class ErasureRequestError(CdpError):
    """A request, or a file of requests, names nobody who could be erased."""


@dataclass(frozen=True)
class Person:
    """One person to be erased.

    Attributes:
        customer_id: of today; none where only a contact is known.
        contact: kind and value of an address or number that is no customer's, such as a subscriber's.
        reference: the person in the register of requests, without personal data.
        way: how the request led there, in words.
    """

    customer_id: str | None
    contact: tuple[str, str] | None
    reference: str
    way: str


def read_requests(path: Path) -> list[str]:
    """Read the people of a CSV file with a column `person`; empty lines are none.

    Raises:
        ErasureRequestError: the file cannot be read, lacks the column, or names nobody.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if PERSON_COLUMN not in (rows.fieldnames or []):
                raise ErasureRequestError(
                    f"{path}: there is no column {PERSON_COLUMN}. Write one request a line below that header."
                )
            people = [row[PERSON_COLUMN].strip() for row in rows if (row[PERSON_COLUMN] or "").strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ErasureRequestError(
            f"{path}: cannot be read ({type(error).__name__}). Write it as UTF-8."
        ) from None
    if not people:
        raise ErasureRequestError(f"{path}: no line names a person.")
    return list(dict.fromkeys(people))


def find_people(project: Project, engine: Engine, questions: Iterable[str]) -> list[Person]:
    """Find everyone who is asked for, each once, in order.

    An address or a number that no customer has is erased as such: it may stand in events, subscriptions and consents.

    Raises:
        ErasureRequestError: some lead to nobody, or to several; the message says which, by place in the list.
    """
    found: dict[str, Person] = {}
    faults = []
    asked = list(questions)
    for number, question in enumerate(asked, start=1):
        try:
            person = find_person(project, engine, question)
        except UnknownCustomerError as error:
            faults.append(str(error) if len(asked) == 1 else f"request {number}: {error}")
        else:
            found.setdefault(person.reference, person)
    if faults:
        raise ErasureRequestError("\n".join([*faults, "Nothing was erased."]))
    return list(found.values())


def find_person(project: Project, engine: Engine, question: str) -> Person:
    """Find one person.

    Raises:
        UnknownCustomerError: the question leads to nobody, or to several.
    """
    contact = contact_of(project, question)
    holders = _holders(engine, contact) if contact else []
    if contact and not holders:
        return Person(None, contact, unknown_reference(project, question), "no customer has it")
    customer = find_customer(engine, holders[0] if holders else question)
    return Person(
        customer.customer_id,
        None,
        customer_reference(customer.customer_id),
        customer.way or "asked for by id",
    )


def _holders(engine: Engine, contact: tuple[str, str]) -> list[str]:
    """Return who has an address or a number.

    Raises:
        UnknownCustomerError: several have it; the message names them to choose from.
    """
    holders: list[str] = engine.fetch_column(
        "select customer_id from golden.customer_contact where contact_kind = $1 and contact_value = $2 order by all",
        contact,
    )
    if len(holders) > 1:
        raise UnknownCustomerError(
            f"{len(holders)} customers have it: {', '.join(holders)}. Name whom you mean by id; cdp explain shows them."
        )
    return holders


def contact_of(project: Project, question: str) -> tuple[str, str] | None:
    """Return kind and value of an e-mail address or a phone number; nothing where the text is neither.

    A number without its country is taken for one of the country in which most sources dial.
    """
    text = question.strip()
    if "@" in text and "/" not in text:
        return "email", text.lower()
    if not text.startswith(("+", "0")) or any(sign.isalpha() for sign in text):
        return None
    countries = [source.country for source in project.sources.values()]
    region = max(sorted(set(countries)), key=countries.count, default=None)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return "phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
