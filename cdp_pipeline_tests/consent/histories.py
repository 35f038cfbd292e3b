"""Random histories of consent: two nights of decisions, messages, lists, requests and merges about few contact points.

Few contact points, times and sources on purpose: what goes wrong goes wrong where two things meet.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

FIRST_NIGHT, LAST_NIGHT = date(2026, 5, 4), date(2026, 5, 5)
UNDATED = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without zone, as in the tables
DAYS = [datetime(2026, 3, 1) + timedelta(days=day) for day in range(8)]  # noqa: DTZ001 - UTC
YEARS_AGO = [day - timedelta(days=365) for day in DAYS]
AROUND_TONIGHT = [datetime(2026, 5, 4, 12) + timedelta(days=day) for day in (-2, -1, 0, 1, 2, 400)]  # noqa: DTZ001
SOURCES = ("consent", "email", "shop")

CHANNELS = {
    "marketing": ("email", "sms", "phone"),
    "ad_audiences": ("ads",),
    "service": ("email", "sms"),
}
ASKS_FOR_CONSENT = {"marketing": True, "ad_audiences": True, "service": False}


@dataclass(frozen=True)
class Contact:
    """A contact point: email or phone, and its normalised value."""

    kind: str
    value: str


@dataclass(frozen=True)
class Decision:
    """What a source says that somebody decided."""

    source: str
    contact: Contact
    purpose: str
    channel: str
    status: str
    at: datetime


@dataclass(frozen=True)
class Telling:
    """On which of the two nights a decision is told, and whether the record that told it first still stands."""

    decision: Decision
    on_first: bool
    on_last: bool
    record_stands: bool


@dataclass(frozen=True)
class Record:
    """A source record with its contact points; the customer that it is on the first and on the last night."""

    record_id: str
    customers: tuple[str, str]
    contacts: tuple[tuple[Contact, bool], ...]  # with whether it is valid
    first_seen_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True)
class Event:
    """What happened to a campaign's message."""

    email: str
    event: str
    at: datetime


@dataclass(frozen=True)
class Suppression:
    """An entry of a list of people never to contact: a contact point, or the hash of one."""

    kind: str
    value: str
    channel: str
    added_on: date | None


@dataclass(frozen=True)
class Unreadable:
    """A record in quarantine, with what its text names."""

    contacts: tuple[Contact, ...]
    hashes: tuple[str, ...]
    delivered_on: date


@dataclass(frozen=True)
class Restriction:
    """A customer's restriction or objection; without purpose, for all."""

    customer: str
    kind: str
    purpose: str | None


@dataclass(frozen=True)
class Kind:
    """How an activation takes one kind of contact point."""

    normaliser: str
    is_required: bool
    max_contacts: int
    max_characters: int | None = None


@dataclass(frozen=True)
class Activation:
    """An activation, as far as it matters who is in it."""

    name: str
    purpose: str
    channel: str
    kinds: dict[str, Kind]
    spares_the_excluded: bool


ACTIVATIONS = (
    Activation("to_google", "ad_audiences", "ads",
               {"email": Kind("google", True, 2), "phone": Kind("as_is", True, 1)}, True),
    Activation("to_meta", "ad_audiences", "ads",
               {"email": Kind("meta", False, 1), "phone": Kind("digits", True, 2)}, False),
    Activation("newsletter", "marketing", "email", {"email": Kind("mailchimp", True, 1, max_characters=30)}, True),
    Activation("text_message", "marketing", "sms", {"phone": Kind("as_is", True, 1)}, False),
    Activation("recall", "service", "email", {"email": Kind("as_is", True, 1)}, False),
)  # fmt: skip


@dataclass
class History:
    """Everything that is known on the last night."""

    records: list[Record] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)
    members: dict[str, date] = field(default_factory=dict)
    excluded: dict[str, date] = field(default_factory=dict)
    survivors: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)  # email, phone


def random_history(seed: int, customers: int = 100) -> History:
    """Make a history of some customers who share contact points, spell mailboxes differently and merge."""
    rng = random.Random(seed)
    history, pool = History(), _contacts(customers)
    for number in range(customers):
        _add_customer(
            history, rng, f"c{number:03}", rng.choice(("c000", f"c{rng.randrange(customers):03}")), pool
        )
    ids = sorted({record.customers[1] for record in history.records})
    history.members = {one: date(2026, 4, rng.randrange(1, 28)) for one in ids if rng.random() < 0.95}
    history.excluded = {one: date(2026, 4, rng.randrange(1, 28)) for one in ids if rng.random() < 0.1}
    history.survivors = {one: _survivors(history, rng, one) for one in ids}
    _add_decisions(history, rng, pool)
    _add_messages(history, rng, pool)
    _add_lists(history, rng, pool, customers)
    for one in ids:
        if rng.random() < 0.05:
            kind, purpose = rng.choice(("restriction", "objection")), rng.choice((None, *CHANNELS))
            history.restrictions.append(Restriction(one, kind, purpose))
    return history


def _contacts(customers: int) -> list[Contact]:
    """Few enough that customers share them; every fourth mailbox is Gmail's, in several spellings."""
    pool = []
    for number in range(customers):
        pool.append(Contact("phone", f"+4917100{number:05}"))
        pool.append(Contact("email", f"p{number}@example.org"))
        if number % 4 == 0:
            pool += [
                Contact("email", f"{spelling}{number}@gmail.com")
                for spelling in ("ann", "a.nn", "A.NN".lower())
            ]
            pool.append(Contact("email", f"ann{number}+news@gmail.com"))
            pool.append(Contact("email", f"ann{number}@googlemail.com"))
        if number % 5 == 0:
            pool.append(Contact("email", f"peña{number}@example.org"))
            pool.append(Contact("email", f"a-name-that-is-rather-long-{number}@example.org"))
    return list(dict.fromkeys(pool))


def _add_customer(
    history: History, rng: random.Random, customer: str, other: str, pool: list[Contact]
) -> None:
    """Add one to three records; some of them are another customer's on the last night."""
    for number in range(rng.randrange(1, 4)):
        contacts = dict.fromkeys(rng.sample(pool, rng.choice((0, 1, 2, 3))), True)
        if rng.random() < 0.1:
            contacts[Contact("email", f"nobody at {customer}")] = False
        now = other if rng.random() < 0.08 else customer
        seen_at = rng.choice([None, *DAYS, *YEARS_AGO])
        record_id = f"{customer}-{number}"
        first_seen_at = seen_at or rng.choice(DAYS)
        history.records.append(
            Record(record_id, (customer, now), tuple(contacts.items()), first_seen_at, seen_at)
        )


def _survivors(history: History, rng: random.Random, customer: str) -> tuple[str | None, str | None]:
    own = {
        c
        for record in history.records
        if record.customers[1] == customer
        for c, valid in record.contacts
        if valid
    }
    emails = sorted(c.value for c in own if c.kind == "email")
    phones = sorted(c.value for c in own if c.kind == "phone")
    return (rng.choice(emails) if emails else None, rng.choice(phones) if phones else None)


def _add_decisions(history: History, rng: random.Random, pool: list[Contact]) -> None:
    """Most contact points are decided about, often more than once; a third changes between the nights."""
    for contact in pool:
        for purpose in CHANNELS:
            for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
                status = rng.choice(("granted",) * 6 + ("denied", "withdrawn"))
                at = rng.choice([*DAYS, rng.choice(AROUND_TONIGHT)])
                if status == "granted" and rng.random() < 0.1:
                    at = UNDATED
                channel = rng.choice(("any", "any", *CHANNELS[purpose], "ads", "email"))
                decision = Decision(rng.choice(SOURCES), contact, purpose, channel, status, at)
                on_first, on_last = rng.choice(((True, True), (True, True), (False, True), (True, False)))
                history.tellings.append(Telling(decision, on_first, on_last, rng.random() < 0.4))
    told: dict[Decision, Telling] = {telling.decision: telling for telling in history.tellings}
    history.tellings = list(told.values())


def _add_messages(history: History, rng: random.Random, pool: list[Contact]) -> None:
    """Campaigns tell bounces, signs of life, complaints; the latter and unsubscribing withdraw, as standardise says."""
    kinds = ("delivered", "opened", "clicked", "bounced_hard", "bounced_soft", "complained", "unsubscribed")
    for contact in pool:
        if contact.kind == "email" and rng.random() < 0.35:
            for _ in range(rng.randrange(1, 4)):
                event = rng.choices(kinds, weights=(6, 3, 2, 6, 2, 1, 1))[0]
                history.events.append(Event(contact.value, event, rng.choice(DAYS)))
    history.events = list(dict.fromkeys(history.events))
    known = {telling.decision for telling in history.tellings}
    for one in history.events:
        withdrawn = Decision("email", Contact("email", one.email), "marketing", "email", "withdrawn", one.at)
        if one.event in ("complained", "unsubscribed") and withdrawn not in known:
            known.add(withdrawn)
            history.tellings.append(Telling(withdrawn, True, True, True))


def _add_lists(history: History, rng: random.Random, pool: list[Contact], customers: int) -> None:
    """Suppress and quarantine a few, some of whom no customer is."""
    for contact in rng.sample(pool, customers // 20):
        added_on = rng.choice((None, date(2026, 2, 1), date(2026, 3, 1)))
        channel = rng.choice(("any", "email")) if contact.kind == "email" else "any"
        if rng.random() < 0.5:
            history.suppressions.append(Suppression(contact.kind, contact.value, channel, added_on))
        else:
            hashed = sha256(rng.choice(_spellings(contact)).encode()).hexdigest()
            history.suppressions.append(Suppression("sha256", hashed, "any", added_on))
    for _ in range(customers // 20):
        named, hashed = tuple(rng.sample(pool, rng.randrange(1, 3))), ()
        if rng.random() < 0.3:
            hashed = (sha256(rng.choice(pool).value.encode()).hexdigest(),)
        delivered_on = rng.choice((date(2026, 3, 4), FIRST_NIGHT, LAST_NIGHT))
        history.unreadable.append(Unreadable(named, hashed, delivered_on))


def _spellings(contact: Contact) -> list[str]:
    """What a platform's list would hash: the value, a mailbox without dots, a number without plus."""
    local, _, domain = contact.value.partition("@")
    if contact.kind == "phone":
        return [contact.value, contact.value[1:]]
    if domain in ("gmail.com", "googlemail.com"):
        return [contact.value, f"{local.split('+')[0].replace('.', '')}@{domain}"]
    return [contact.value]
