"""Who may leave, told in plain Python from a history: no SQL, and no code of the pipeline.

It reads as the rules of docs/privacy.md do, one question after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cdp_pipeline_tests.consent.histories import (
    ACTIVATIONS,
    ASKS_FOR_CONSENT,
    CHANNELS,
    LAST_NIGHT,
    Activation,
    Contact,
    Decision,
    History,
    Kind,
)

FIRST_REASONS = (
    "suppressed", "restricted", "objected", "withdrawn", "denied", "consent_unreadable", "excluded_segment",
    "complained", "bounced", "recycled", "not_accepted", "duplicate", "no_consent", "no_usable_contact",
)  # fmt: skip
LONG_AGO = datetime.min  # noqa: DTZ901 - UTC without zone, as in the tables


@dataclass(frozen=True)
class Verdict:
    """What an oracle says of one activation.

    Attributes:
        sent: customer, kind and contact point of each row.
        reasons: why each customer is left out.
        lapsed: those without consent who once had it from a source that states it no more.
    """

    sent: frozenset[tuple[str, str, str]]
    reasons: dict[str, str]
    lapsed: frozenset[str]


@dataclass(frozen=True)
class Owned:
    """A customer's contact point."""

    customer: str
    contact: Contact
    is_valid: bool
    seen_at: datetime
    records: int


def judge(history: History) -> dict[str, Verdict]:
    """Say for every activation who is in its file, by what, and why the others are not."""
    oracle = Oracle(history)
    return {activation.name: oracle.verdict(activation) for activation in ACTIVATIONS}


class Oracle:
    """Answers questions about one history."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.owned = self._owned()
        self.owners: dict[Contact, list[str]] = {}
        for one in self.owned:
            self.owners.setdefault(one.contact, []).append(one.customer)
        self.said: dict[tuple[Contact, str], list[Decision]] = {}
        for decision in standing_decisions(history):
            self.said.setdefault((decision.contact, decision.purpose), []).append(decision)
        self.states = {contact: self._state(contact) for contact in self._mailboxes_with_events()}
        self.known = self._known()
        self.suppressed = self._suppressed()

    def _owned(self) -> list[Owned]:
        found: dict[tuple[str, Contact], Owned] = {}
        for record in self.history.records:
            for contact, is_valid in record.contacts:
                key = (record.customers[1], contact)
                before = found.get(key, Owned(*key, False, LONG_AGO, 0))
                seen_at = max(before.seen_at, record.seen_at or LONG_AGO)
                found[key] = Owned(*key, before.is_valid or is_valid, seen_at, before.records + 1)
        return list(found.values())

    def _mailboxes_with_events(self) -> set[Contact]:
        return {Contact("email", event.email) for event in self.history.events}

    def _known(self) -> set[Contact]:
        """Contact points that a hash can be told for: customers', and others' that anything speaks against."""
        known = {one.contact for one in self.owned if one.is_valid}
        known |= {contact for contact, state in self.states.items() if state}
        known |= {Contact(s.kind, s.value) for s in self.history.suppressions if s.kind != "sha256"}
        for contact, purpose in self.said:
            last = [self._said_last(contact, purpose, channel) for channel in CHANNELS[purpose]]
            if any(said and said[1] != "granted" for said in last):
                known.add(contact)
        return known

    def verdict(self, activation: Activation) -> Verdict:
        """Judge one activation."""
        candidates = [
            one
            for one in self.owned
            if one.customer in self.history.members and one.contact.kind in activation.kinds
        ]
        same_form: dict[tuple[str, str], set[Contact]] = {}
        for contact in self.known:
            if form := taken_form(activation, contact):
                same_form.setdefault((contact.kind, form), set()).add(contact)
        reasons = {one: self.objection(activation, one, same_form) for one in candidates}
        self._set_duplicates_aside(activation, reasons)
        sent = self._sent(activation, reasons)
        reached = {customer for customer, kind, _ in sent if activation.kinds[kind].is_required}
        left_out = {
            customer: self._first_reason(activation, reasons, customer)
            for customer in self.history.members
            if customer not in reached
        }
        lapsed = {
            one.customer
            for one, reason in reasons.items()
            if left_out.get(one.customer) == reason == "no_consent"
            and activation.kinds[one.contact.kind].is_required
            and self._has_lapsed(one.contact, activation)
        }
        return Verdict(frozenset(row for row in sent if row[0] in reached), left_out, frozenset(lapsed))

    def _has_lapsed(self, contact: Contact, activation: Activation) -> bool:
        """Whether a grant was told on the first night alone, in a record that is no longer as it was."""
        return any(
            telling.on_first and not telling.on_last and not telling.record_stands
            for telling in self.history.tellings
            if (telling.decision.contact, telling.decision.purpose) == (contact, activation.purpose)
            and telling.decision.status == "granted"
            and telling.decision.channel in ("any", activation.channel)
        )

    def objection(
        self, activation: Activation, one: Owned, same_form: dict[tuple[str, str], set[Contact]]
    ) -> str | None:
        """Say what speaks against sending a contact point, or nothing."""
        if not one.is_valid:
            return "no_usable_contact"
        form = taken_form(activation, one.contact)
        alike = same_form[one.contact.kind, form] if form else set()
        if any((c, channel) in self.suppressed for c in alike for channel in ("any", activation.channel)):
            return "suppressed"
        if kinds := self._restrictions(alike, activation.purpose):
            return "restricted" if "restriction" in kinds else "objected"
        said = self._refusal(one.contact, alike, activation)
        if said:
            return said
        if activation.spares_the_excluded and any(
            owner in self.history.excluded for contact in alike for owner in self.owners.get(contact, [])
        ):
            return "excluded_segment"
        if dead := self._dead(one.contact, alike):
            return dead
        if self._is_handed_on(one):
            return "recycled"
        return None if form else "not_accepted"

    def _refusal(self, contact: Contact, alike: set[Contact], activation: Activation) -> str | None:
        """What the person said against it, or may have said, or did not say although they must."""
        own = self._said_last(contact, activation.purpose, activation.channel)
        if own and own[1] != "granted":
            return own[1]
        if refusal := self._refusal_since(own, alike - {contact}, activation):
            return refusal
        if self._may_have_refused(contact, own):
            return "consent_unreadable"
        return None if own or not ASKS_FOR_CONSENT[activation.purpose] else "no_consent"

    def _dead(self, contact: Contact, alike: set[Contact]) -> str | None:
        """Its own state, else the worst of those that the platform takes for the same mailbox."""
        others = [self.states.get(other) for other in alike]
        worst = next((state for state in ("complained", "bounced") if state in others), None)
        return self.states.get(contact) or worst

    def _said_last(self, contact: Contact, purpose: str, channel: str) -> tuple[datetime, str] | None:
        """The last moment at which anything was said that counts here, and the worst of what was said then."""
        said = [
            decision for decision in self.said.get((contact, purpose), []) if counts_on(decision, channel)
        ]
        if not said:
            return None
        last = max(decision.at for decision in said)
        statuses = {decision.status for decision in said if decision.at == last}
        return last, next(status for status in ("withdrawn", "denied", "granted") if status in statuses)

    def _refusal_since(
        self, own: tuple[datetime, str] | None, others: set[Contact], activation: Activation
    ) -> str | None:
        said = [self._said_last(contact, activation.purpose, activation.channel) for contact in others]
        refusals = [last for last in said if last and last[1] != "granted"]
        if not refusals:
            return None
        at, status = max(refusals)  # withdrawn sorts after denied
        return status if own is None or own[0] <= at else None

    def _may_have_refused(self, contact: Contact, own: tuple[datetime, str] | None) -> bool:
        delivered = [u.delivered_on for u in self.history.unreadable if contact in u.contacts]
        return bool(delivered) and (own is None or own[0].date() <= max(delivered) + timedelta(days=1))

    def _restrictions(self, alike: set[Contact], purpose: str) -> set[str]:
        owners = {owner for contact in alike for owner in self.owners.get(contact, [])}
        return {
            r.kind for r in self.history.restrictions if r.customer in owners and r.purpose in (None, purpose)
        }

    def _suppressed(self) -> set[tuple[Contact, str]]:
        """Contact points that a list means by value, spelling or hash; for `any` channel the person's others, too."""
        entries = [(s.kind, s.value, s.channel) for s in self.history.suppressions]
        entries += [("sha256", value, "any") for u in self.history.unreadable for value in u.hashes]
        listed: set[tuple[Contact, str]] = set()
        for contact in self.known:
            forms = all_forms(contact)
            hashes = {sha256(form.encode()).hexdigest() for form in forms}
            for kind, value, channel in entries:
                meant = value in hashes if kind == "sha256" else forms & all_forms(Contact(kind, value))
                if meant and kind in (contact.kind, "sha256"):
                    listed.add((contact, channel))
        persons = {
            owner for contact, channel in listed if channel == "any" for owner in self.owners.get(contact, [])
        }
        return listed | {(one.contact, "any") for one in self.owned if one.customer in persons}

    def _state(self, contact: Contact) -> str | None:
        events = [event for event in self.history.events if Contact("email", event.email) == contact]
        if any(event.event == "complained" for event in events):
            return "complained"
        bounced = max((e.at for e in events if e.event == "bounced_hard"), default=None)
        alive = max((e.at for e in events if e.event in ("delivered", "opened", "clicked")), default=LONG_AGO)
        return "bounced" if bounced and alive <= bounced else None

    def _is_handed_on(self, one: Owned) -> bool:
        """Whether one or two others have it, and the newest of them came a year after the customer was last seen."""
        mine: list[datetime | None] = []
        came: dict[str, datetime] = {}
        for record in self.history.records:
            if one.contact not in dict(record.contacts):
                continue
            owner = record.customers[1]
            if owner == one.customer:
                mine.append(record.seen_at)
            else:
                came[owner] = min(came.get(owner, record.first_seen_at), record.first_seen_at)
        dated = [seen_at for seen_at in mine if seen_at]
        if not one.is_valid or len(dated) < len(mine) or not 1 <= len(came) <= 2:
            return False
        return (max(came.values()).date() - max(dated).date()).days >= 365

    def _is_survivor(self, one: Owned) -> bool:
        return one.contact.value in self.history.survivors[one.customer]

    def _place(self, one: Owned) -> tuple[object, ...]:
        """Order of preference among a customer's contact points."""
        is_dead = bool(self.states.get(one.contact))
        seen = (LONG_AGO - one.seen_at, -one.records)
        is_handed_on = self._is_handed_on(one)
        return (not self._is_survivor(one), not one.is_valid, is_dead, is_handed_on, *seen, one.contact.value)

    def _set_duplicates_aside(self, activation: Activation, reasons: dict[Owned, str | None]) -> None:
        taken: set[tuple[str, str | None]] = set()
        free = [one for one, reason in reasons.items() if reason is None]
        for one in sorted(free, key=lambda o: (LONG_AGO - o.seen_at, o.customer, *self._place(o))):
            form = (one.contact.kind, taken_form(activation, one.contact))
            if form in taken:
                reasons[one] = "duplicate"
            taken.add(form)

    def _sent(self, activation: Activation, reasons: dict[Owned, str | None]) -> set[tuple[str, str, str]]:
        sent: set[tuple[str, str, str]] = set()
        places: dict[tuple[str, str], int] = {}
        for one in sorted((o for o, reason in reasons.items() if reason is None), key=self._place):
            key = (one.customer, one.contact.kind)
            places[key] = places.get(key, 0) + 1
            if places[key] <= activation.kinds[one.contact.kind].max_contacts:
                sent.add((*key, one.contact.value))
        return sent

    def _first_reason(self, activation: Activation, reasons: dict[Owned, str | None], customer: str) -> str:
        own = [
            reason
            for one, reason in reasons.items()
            if one.customer == customer and reason and activation.kinds[one.contact.kind].is_required
        ]
        return min(own, key=FIRST_REASONS.index, default="no_usable_contact")


def standing_decisions(history: History) -> list[Decision]:
    """What counts of all that was ever told, on the last night.

    Told tonight counts, unless it is a grant from the future. Of what is told no more a refusal counts, unless the
    record that told it is still there and no longer says so: then it was misread.
    """
    standing = []
    for telling in history.tellings:
        decision = telling.decision
        if decision.status == "granted":
            if telling.on_last and decision.at.date() <= LAST_NIGHT + timedelta(days=1):
                standing.append(decision)
        elif telling.on_last or not telling.record_stands:
            standing.append(decision)
    return standing


def counts_on(decision: Decision, channel: str) -> bool:
    """A decision counts on its channel; for any, or a refusal for one that the purpose lacks, on all of the purpose."""
    if decision.channel in CHANNELS[decision.purpose]:
        return decision.channel == channel
    return decision.channel == "any" or decision.status != "granted"


def taken_form(activation: Activation, contact: Contact) -> str | None:
    """What an activation's platform takes of a contact point, before hashing."""
    kind: Kind | None = activation.kinds.get(contact.kind)
    form = normal_form(kind.normaliser, contact) if kind else None
    too_long = kind and kind.max_characters and form and len(form) > kind.max_characters
    return None if too_long else form


def all_forms(contact: Contact) -> set[str]:
    """Every name by which some platform knows a contact point."""
    names = ("as_is", "google", "mailchimp", "meta") if contact.kind == "email" else ("as_is", "digits")
    return {form for name in names if (form := normal_form(name, contact))}


def normal_form(name: str, contact: Contact) -> str | None:
    """One platform's normal form of an address or number that is tidy already."""
    local, _, domain = contact.value.partition("@")
    if name == "google" and domain in ("gmail.com", "googlemail.com"):
        return f"{local.split('+')[0].replace('.', '')}@{domain}"
    if name == "mailchimp" and not local.isascii():
        return None
    return contact.value.replace("+", "") if name == "digits" else contact.value
