"""What a system writes down about a person: the truth seen through that system's habits and troubles."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import Ints, Mask, chance
from cdp_pipeline.sample.people import spelling
from cdp_pipeline.sample.people.contacts import ADDRESS
from cdp_pipeline.sample.people.draws import (
    Pool,
    Text,
    blank,
    digits,
    is_filled,
    joined,
    only_where,
    put,
    take,
)
from cdp_pipeline.sample.people.habits import rates
from cdp_pipeline.sample.pools import load_yaml

STORE_PHONE = "+49 30 23125001"
FIELDS = ("given", "family", "gender", "birth_date", "email", "phone", *ADDRESS, "country")
TROUBLES = (
    "twins", "parent_and_child_of_one_name", "strangers_of_one_name",
    "married", "double_name_cut", "nickname", "initials", "typo", "misheard", "misread", "mojibake",
    "swapped_names", "missing_given", "nameless", "umlaut", "lower_case", "capitals",
    "second_email", "shared_email", "email_typo", "gmail_spelling", "junk_email",
    "old_phone", "recycled_phone", "shared_phone", "store_phone", "phone_typo", "junk_phone",
    "moved", "street_variant", "address_typo",
    "birth_date_error", "partial_birth_date", "placeholder_birth_date",
    "crm_merged", "crm_deleted", "left_source",
    "email_corrected", "name_corrected", "unsubscribed",
)  # fmt: skip
_OF_NAMES = TROUBLES[TROUBLES.index("married") : TROUBLES.index("nameless")]
_OF_EMAILS = ("second_email", "shared_email", "email_typo", "gmail_spelling")
_OF_PHONES = ("old_phone", "recycled_phone", "shared_phone", "store_phone", "phone_typo")
_OF_BIRTH_DATES = ("birth_date_error", "partial_birth_date")
_BIT = {trouble: 1 << number for number, trouble in enumerate(TROUBLES)}

Writer = Callable[[Text, Ints], Text]
"""Writes new values for the affected rows, from their values before and their positions."""


class Observation:
    """Records of one kind while they are written: fields by name, and each record's trouble flags.

    people is a chunk of the table `person`, rows the position in it of each record's person.
    """

    def __init__(self, rng: np.random.Generator, people: pa.RecordBatch, rows: Ints, system: str) -> None:
        self.rng = rng
        self.people = people
        self.rows = rows
        self.habits: dict[str, float] = rates(system)
        self.size = len(rows)
        self.fields: dict[str, Text] = {}
        self.flags = np.zeros(self.size, dtype=np.int64)

    def true(self, column: str) -> Text:
        """Return a column of the people as it truly is."""
        return take(self.people.column(column), self.rows)

    def holds(self, column: str) -> Mask:
        """Return a yes-or-no column of the people."""
        found: Mask = self.true(column).to_numpy(zero_copy_only=False)
        return found

    def happens(self, habit: str) -> Mask:
        """Draw for which records a habit applies."""
        return chance(self.rng, self.habits.get(habit, 0.0), self.size)

    def flag(self, where: Mask | Ints, trouble: str) -> None:
        """Mark records with a trouble."""
        self.flags[where] |= _BIT[trouble]

    def has(self, trouble: str) -> Mask:
        """Tell which records are marked with a trouble."""
        found: Mask = (self.flags & _BIT[trouble]) != 0
        return found

    def rewrite(
        self, field: str, where: Mask, write: Writer, trouble: str = "", hides: tuple[str, ...] = ()
    ) -> None:
        """Write a field anew where asked and where it is not empty; flag what really changed.

        Args:
            hides: troubles that nobody sees any more in the rows that changed.
        """
        rows = np.flatnonzero(where)
        before = take(self.fields[field], rows)
        rows = rows[is_filled(before)]
        before = take(self.fields[field], rows)
        after = write(before, rows)
        is_other = pc.not_equal(after, before).to_numpy(zero_copy_only=False)
        self.fields[field] = put(self.fields[field], rows, after)
        for hidden in hides:
            self.flags[rows[is_other]] &= ~_BIT[hidden]
        if trouble:
            self.flag(rows[is_other], trouble)

    def prefer(self, field: str, where: Mask, other: Text, trouble: str, hides: tuple[str, ...] = ()) -> None:
        """Write the person's other value where there is one."""
        self.rewrite(field, where & is_filled(other), lambda _, rows: take(other, rows), trouble, hides)

    def draw_from(self, options: list[str]) -> Writer:
        """Return a writer that draws one of a few values."""
        pool = Pool.of(options, np.ones(len(options)))
        return lambda before, _: pool.draw(self.rng, len(before))

    def troubles(self) -> Text:
        """Write the flags out, each closed by a semicolon; few combinations occur."""
        flags, code = np.unique(self.flags, return_inverse=True)
        names = ["".join(t + ";" for t in TROUBLES if int(flag) & _BIT[t]) for flag in flags]
        return take(pa.array(names, pa.string()), code)


def observe(rng: np.random.Generator, people: pa.RecordBatch, rows: Ints, system: str) -> Observation:
    """Write one record per entry of `rows` as the system would.

    Returns:
        The records' fields, FIELDS by name: birth dates are ISO, country is the two-letter code, a missing
        value is an empty text.
    """
    seen = Observation(rng, people, rows, system)
    for step in (
        _names,
        _misspellings,
        _fields_mixed_up,
        _letters,
        _email,
        _phone,
        _address,
        _birth_date,
        _kin,
    ):
        step(seen)
    return seen


def _erased(before: Text, _: Ints) -> Text:
    """Write nothing."""
    return blank(len(before))


def _replaced(old: str, new: str) -> Writer:
    """Return a writer that exchanges some letters."""
    return lambda before, _: pc.replace_substring(before, old, new)


def _names(seen: Observation) -> None:
    for field in ("given", "family", "gender"):
        seen.fields[field] = seen.true(field)
    seen.prefer("family", seen.happens("married"), seen.true("birth_family"), "married")
    for field in ("given", "family"):
        seen.prefer(field, seen.happens("double_name_cut"), seen.true(field + "_one"), "double_name_cut")
    seen.rewrite(
        "given",
        seen.happens("nickname"),
        lambda before, _: spelling.one_of(seen.rng, before, spelling.everyday_forms),
        "nickname",
    )
    seen.rewrite(
        "given",
        seen.happens("initials"),
        lambda before, _: spelling.by_distinct(spelling.initial, before),
        "initials",
    )


def _misspellings(seen: Observation) -> None:
    """Spoil the one or the other name, seldom both."""
    ways: dict[str, Writer] = {
        "typo": lambda before, _: spelling.mistype(seen.rng, before),
        "misheard": lambda before, _: spelling.one_of(seen.rng, before, spelling.sound_alikes),
        "misread": lambda before, _: spelling.one_of(seen.rng, before, spelling.look_alikes),
    }
    for trouble, write in ways.items():
        for field, share in (("given", 0.5), ("family", 1.0)):
            where = seen.happens(trouble) & chance(seen.rng, share, seen.size)
            seen.rewrite(field, where, write, trouble)


def _fields_mixed_up(seen: Observation) -> None:
    given, family = seen.fields["given"], seen.fields["family"]
    swapped = seen.happens("swapped_names")
    seen.rewrite("given", swapped, lambda _, rows: take(family, rows), "swapped_names")
    seen.rewrite("family", swapped, lambda _, rows: take(given, rows))
    seen.rewrite("given", seen.happens("missing_given"), _erased, "missing_given", ("nickname", "initials"))
    is_nameless = seen.happens("nameless")
    for field in ("given", "family"):
        seen.rewrite(field, is_nameless, _erased, "nameless", _OF_NAMES)


def _letters(seen: Observation) -> None:
    """Write umlauts and capitals as the system's keyboard and its users do."""
    respelled = seen.happens("umlaut")
    as_ue = chance(seen.rng, 0.7, seen.size)
    garbled = seen.happens("mojibake") & ~respelled
    is_lower, is_upper = seen.happens("lower_case"), seen.happens("capitals")

    def by_name(write: Callable[[str], str]) -> Writer:
        return lambda before, _: spelling.by_distinct(write, before)

    for field in ("given", "family"):
        seen.rewrite(field, respelled & as_ue, by_name(spelling.transliterated), "umlaut")
        seen.rewrite(field, respelled & ~as_ue, by_name(spelling.stripped), "umlaut")
        seen.rewrite(field, garbled, by_name(spelling.garbled), "mojibake")
        seen.rewrite(field, is_lower, lambda before, _: pc.utf8_lower(before), "lower_case")
        seen.rewrite(field, is_upper, lambda before, _: spelling.upper(before), "capitals")


def _email(seen: Observation) -> None:
    seen.fields["email"] = only_where(seen.happens("has_email"), seen.true("email"))
    if not seen.habits["has_email"]:
        return
    seen.prefer("email", seen.happens("second_email"), seen.true("email_second"), "second_email")
    seen.prefer(
        "email", seen.happens("shared_email"), seen.true("email_shared"), "shared_email", ("second_email",)
    )
    seen.rewrite(
        "email",
        seen.happens("email_typo"),
        lambda before, _: spelling.mistype_mailboxes(seen.rng, before),
        "email_typo",
    )
    tagged = _replaced("@gmail.com", "+shop@gmail.com")
    seen.rewrite("email", seen.happens("gmail_spelling"), tagged, "gmail_spelling")
    seen.rewrite(
        "email", seen.happens("junk_email"), seen.draw_from(_junk()["emails"]), "junk_email", _OF_EMAILS
    )


def _phone(seen: Observation) -> None:
    seen.fields["phone"] = only_where(seen.happens("has_phone"), seen.true("mobile"))
    if not seen.habits["has_phone"]:
        return
    old, is_recycled = seen.happens("old_phone"), seen.holds("is_recycled")
    former = seen.true("mobile_old")
    seen.prefer("phone", old & ~is_recycled, former, "old_phone")
    seen.prefer("phone", old & is_recycled, former, "recycled_phone")
    former_too = ("old_phone", "recycled_phone")
    seen.prefer("phone", seen.happens("shared_phone"), seen.true("phone_shared"), "shared_phone", former_too)
    seen.rewrite(
        "phone", seen.happens("store_phone"), seen.draw_from([STORE_PHONE]), "store_phone", _OF_PHONES
    )
    style = seen.rng.choice(spelling.PHONE_STYLES, size=seen.size, p=[0.25, 0.3, 0.15, 0.08, 0.14, 0.08])
    seen.fields["phone"] = spelling.style_phones(seen.fields["phone"], style)
    seen.rewrite(
        "phone", seen.happens("phone_typo"), lambda before, _: _misdialled(seen.rng, before), "phone_typo"
    )
    seen.rewrite(
        "phone", seen.happens("junk_phone"), seen.draw_from(_junk()["phones"]), "junk_phone", _OF_PHONES
    )


def _misdialled(rng: np.random.Generator, phones: Text) -> Text:
    """Write another last digit."""
    last = digits(rng.integers(0, 10, len(phones)))
    return joined(pc.utf8_slice_codeunits(phones, 0, -1), last)


def _address(seen: Observation) -> None:
    is_known = seen.happens("has_address")
    old = seen.happens("moved")
    for field in (*ADDRESS, "country"):
        seen.fields[field] = only_where(is_known, seen.true(field))
    if not seen.habits["has_address"]:
        return
    for field in ADDRESS:
        seen.prefer(field, old, seen.true("old_" + field), "moved")
    is_short = chance(seen.rng, 0.5, seen.size)
    variant = seen.happens("street_variant")
    seen.rewrite("street", variant & is_short, _replaced("traße", "tr."), "street_variant")
    seen.rewrite("street", variant & ~is_short, _replaced("ß", "ss"), "street_variant")
    wrong, in_street = seen.happens("address_typo"), chance(seen.rng, 0.6, seen.size)
    seen.rewrite(
        "street", wrong & in_street, lambda before, _: spelling.mistype(seen.rng, before), "address_typo"
    )
    seen.rewrite(
        "postcode", wrong & ~in_street, lambda before, _: _misdialled(seen.rng, before), "address_typo"
    )


def _birth_date(seen: Observation) -> None:
    seen.fields["birth_date"] = only_where(seen.happens("has_birth_date"), seen.true("birth_date"))
    if not seen.habits["has_birth_date"]:
        return
    seen.rewrite(
        "birth_date",
        seen.happens("birth_date_error"),
        lambda before, _: _wrong_dates(before),
        "birth_date_error",
    )
    seen.rewrite(
        "birth_date",
        seen.happens("partial_birth_date"),
        lambda before, _: joined(pc.utf8_slice_codeunits(before, 0, 4), "-01-01"),
        "partial_birth_date",
        hides=_OF_BIRTH_DATES,
    )
    seen.rewrite(
        "birth_date",
        seen.happens("placeholder_birth_date"),
        seen.draw_from(_junk()["birth_dates"]),
        "placeholder_birth_date",
        hides=_OF_BIRTH_DATES,
    )


def _wrong_dates(dates: Text) -> Text:
    """Exchange day and month where that gives a date; else write the next year."""
    year, month, day = (pc.utf8_slice_codeunits(dates, a, b) for a, b in ((0, 4), (5, 7), (8, 10)))
    next_year = pc.add(year.cast(pa.int32()), 1).cast(pa.string())
    moved = pc.replace_substring(joined(next_year, "-", month, "-", day), "-02-29", "-02-28")
    return pc.if_else(pc.less_equal(day, "12"), joined(year, "-", day, "-", month), moved)


def _kin(seen: Observation) -> None:
    """Flag who is hard to tell apart, on each of their records."""
    seen.flag(seen.holds("is_twin"), "twins")
    seen.flag(seen.holds("is_junior") | seen.holds("has_junior"), "parent_and_child_of_one_name")
    seen.flag(seen.holds("is_stranger"), "strangers_of_one_name")


@cache
def _junk() -> dict[str, Any]:
    return load_yaml("junk.yml")


def observe_nobody(rng: np.random.Generator, size: int, *, needs_email: bool) -> dict[str, Text]:
    """Write the fields of `size` records of nobody: test entries, specimens, whatever a form accepts.

    Args:
        needs_email: the system has no record without an e-mail.
    """
    records = _junk()["records"]
    which = rng.integers(len(records), size=size)
    fields = {
        name: take(pa.array([record.get(name, "") for record in records], pa.string()), which)
        for name in FIELDS
    }
    if needs_email:
        some = Pool.of(_junk()["emails"], np.ones(len(_junk()["emails"]))).draw(rng, size)
        fields["email"] = pc.if_else(pc.equal(fields["email"], ""), some, fields["email"])
    has_address = chance(rng, 0.5, size)
    for name, value in _junk()["address"].items():
        fields[name] = pc.if_else(pa.array(has_address), value, "")
    return fields
