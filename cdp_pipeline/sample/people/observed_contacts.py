"""How a system writes what reaches a person, and the birth date: outdated, shared, mistyped, made up."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import chance
from cdp_pipeline.sample.people import spelling
from cdp_pipeline.sample.people.contacts import ADDRESS
from cdp_pipeline.sample.people.draws import Text, digits, joined, only_where
from cdp_pipeline.sample.people.junk import load_junk
from cdp_pipeline.sample.people.observation import Observation, Writer
from cdp_pipeline.sample.stores import STORE_PHONE

_OF_EMAILS = ("second_email", "shared_email", "email_typo", "gmail_spelling")
_OF_PHONES = ("old_phone", "recycled_phone", "shared_phone", "store_phone", "phone_typo")
_OF_BIRTH_DATES = ("birth_date_error", "partial_birth_date")


def write_email(seen: Observation) -> None:
    """Write the mailbox given: the own one, another, a mistyped one, or any that the form accepts."""
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
        "email", seen.happens("junk_email"), seen.draw_from(load_junk()["emails"]), "junk_email", _OF_EMAILS
    )


def write_phone(seen: Observation) -> None:
    """Write the number given, in one of the notations that people use."""
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
        "phone", seen.happens("junk_phone"), seen.draw_from(load_junk()["phones"]), "junk_phone", _OF_PHONES
    )


def _misdialled(rng: np.random.Generator, phones: Text) -> Text:
    """Write another last digit."""
    last = digits(rng.integers(0, 10, len(phones)))
    return joined(pc.utf8_slice_codeunits(phones, 0, -1), last)


def write_address(seen: Observation) -> None:
    """Write the address known: the present one or the one before, in one of its spellings."""
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


def write_birth_date(seen: Observation) -> None:
    """Write the birth date: exact, wrong, the year alone, or what fills a compulsory field."""
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
        seen.draw_from(load_junk()["birth_dates"]),
        "placeholder_birth_date",
        hides=_OF_BIRTH_DATES,
    )


def _wrong_dates(dates: Text) -> Text:
    """Exchange day and month where that gives a date; else write the next year."""
    year, month, day = (pc.utf8_slice_codeunits(dates, a, b) for a, b in ((0, 4), (5, 7), (8, 10)))
    next_year = pc.add(year.cast(pa.int32()), 1).cast(pa.string())
    moved = pc.replace_substring(joined(next_year, "-", month, "-", day), "-02-29", "-02-28")
    return pc.if_else(pc.less_equal(day, "12"), joined(year, "-", day, "-", month), moved)


def _replaced(old: str, new: str) -> Writer:
    """Return a writer that exchanges some letters."""
    return lambda before, _: pc.replace_substring(before, old, new)
