"""What a system writes down about a person: the truth seen through that system's habits and troubles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdp_pipeline.sample import spelling
from cdp_pipeline.sample.pools import Ints, Mask, Text, as_text, chance, load_yaml, nicknames

STORE_PHONE = "+49 30 23125001"
JUNK_EMAILS = ("test@test.com", "noemail@example.com", "none@none.com")
JUNK_PHONES = ("0000000", "0123456789", "1111111111")
PLACEHOLDER_BIRTH_DATES = ("1900-01-01", "1970-01-01")
ADDRESS = ("street", "postcode", "city", "region")
FIELDS = ("given", "family", "gender", "birth_date", "email", "phone", *ADDRESS, "country")


class Observation:
    """Records of one kind while they are written: fields by name, and each record's trouble flags."""

    def __init__(self, rng: np.random.Generator, people: pd.DataFrame, habits: dict[str, float]) -> None:
        self.rng = rng
        self.people = people
        self.habits = habits
        self.size = len(people)
        self.fields: dict[str, Text] = {}
        self.troubles = as_text(np.full(self.size, ""))

    def true(self, column: str) -> Text:
        """Return a column of the people as it truly is."""
        return as_text(self.people[column].to_numpy(dtype=object))

    def happens(self, habit: str) -> Mask:
        """Draw for which records a habit applies."""
        return chance(self.rng, self.habits.get(habit, 0.0), self.size)

    def write(self, field: str, where: Mask, values: Text | str, trouble: str = "") -> None:
        """Put values into a field where asked, never into an empty one; flag what really changed."""
        before = self.fields[field]
        after = as_text(np.where(where & (before != ""), values, before))
        if trouble:
            self.flag(after != before, trouble)
        self.fields[field] = after

    def flag(self, where: Mask, trouble: str) -> None:
        """Add a trouble's name to the marked records."""
        self.troubles = as_text(np.where(where, self.troubles + (trouble + ";"), self.troubles))

    def draw(self, options: tuple[str, ...]) -> Text:
        """Draw one of a few values per record."""
        return as_text(options)[self.rng.integers(len(options), size=self.size)]


def observe(rng: np.random.Generator, world: pd.DataFrame, person: Ints, habits_of: str) -> pd.DataFrame:
    """Write one record per entry of `person` (positions in `world`) as the named system would.

    Returns:
        One row per record: person, the columns of FIELDS, and troubles (flags, each closed by a semicolon).
        Birth dates are ISO; country is the two-letter code; a missing value is an empty text.
    """
    people = world.iloc[person]
    seen = Observation(rng, people, load_yaml("habits.yml")[habits_of])
    for step in (_names, _name_troubles, _spelling, _email, _phone, _address, _birth_date, _family_flags):
        step(seen)
    return pd.DataFrame({"person": person, **{f: seen.fields[f] for f in FIELDS}, "troubles": seen.troubles})


def _names(seen: Observation) -> None:
    for field in ("given", "family", "gender"):
        seen.fields[field] = seen.true(field)
    old = seen.true("birth_family")
    seen.write("family", (old != "") & seen.happens("married"), old, "married")


def _name_troubles(seen: Observation) -> None:
    given, family = seen.fields["given"], seen.fields["family"]
    short = as_text(pd.Series(given, dtype=object).replace(nicknames()))
    seen.write("given", seen.happens("nickname"), short, "nickname")
    seen.write("given", seen.happens("initials"), spelling.initial(given), "initials")
    in_given = seen.happens("typo")
    wrong = spelling.mistype(seen.rng, seen.fields["given"], in_given & chance(seen.rng, 0.5, seen.size))
    seen.write("given", in_given, wrong, "typo")
    in_family = seen.happens("typo")
    seen.write("family", in_family, spelling.mistype(seen.rng, family, in_family), "typo")
    swapped = seen.happens("swapped_names")
    given, family = seen.fields["given"], seen.fields["family"]
    seen.write("given", swapped, family, "swapped_names")
    seen.write("family", swapped, given)
    seen.write("given", seen.happens("missing_given"), "", "missing_given")
    nameless = seen.happens("nameless")
    seen.write("given", nameless, "", "nameless")
    seen.write("family", nameless, "")


def _spelling(seen: Observation) -> None:
    respelled = seen.happens("umlaut")
    as_ue = chance(seen.rng, 0.7, seen.size)
    is_lower, is_upper = seen.happens("lower_case"), seen.happens("capitals")
    for field in ("given", "family"):
        values = seen.fields[field]
        seen.write(field, respelled & as_ue, spelling.transliterate(values))
        seen.write(field, respelled & ~as_ue, spelling.strip_accents(values))
        if field == "family":
            seen.flag(seen.fields[field] != values, "umlaut")
        seen.write(field, is_lower, spelling.lower(seen.fields[field]))
        seen.write(field, is_upper, spelling.upper(seen.fields[field]))


def _email(seen: Observation) -> None:
    seen.fields["email"] = as_text(np.where(seen.happens("has_email"), seen.true("email"), ""))
    second, shared = seen.true("email_second"), seen.true("email_shared")
    seen.write("email", (second != "") & seen.happens("second_email"), second, "second_email")
    seen.write("email", (shared != "") & seen.happens("shared_email"), shared, "shared_email")
    wrong = seen.happens("email_typo")
    seen.write("email", wrong, spelling.mistype(seen.rng, seen.fields["email"], wrong), "email_typo")
    seen.write("email", seen.happens("junk_email"), seen.draw(JUNK_EMAILS), "junk_email")


def _phone(seen: Observation) -> None:
    seen.fields["phone"] = as_text(np.where(seen.happens("has_phone"), seen.true("mobile"), ""))
    landline = seen.true("landline")
    seen.write("phone", (landline != "") & seen.happens("shared_phone"), landline, "shared_phone")
    seen.write("phone", seen.happens("store_phone"), STORE_PHONE, "store_phone")
    style = seen.rng.choice(6, size=seen.size, p=[0.25, 0.3, 0.15, 0.08, 0.14, 0.08])
    seen.fields["phone"] = spelling.style_phones(seen.fields["phone"], style)
    seen.write("phone", seen.happens("junk_phone"), seen.draw(JUNK_PHONES), "junk_phone")


def _address(seen: Observation) -> None:
    is_known = seen.happens("has_address")
    old = seen.happens("moved") & (seen.true("old_street") != "")
    for field in ADDRESS:
        seen.fields[field] = as_text(np.where(is_known, seen.true(field), ""))
        seen.write(field, old, seen.true("old_" + field))
    seen.flag(old & is_known, "moved")
    seen.fields["country"] = as_text(np.where(is_known, seen.true("country"), ""))
    street = pd.Series(seen.fields["street"], dtype=object)
    short = street.str.replace("traße", "tr.", regex=False)
    variant = as_text(
        np.where(chance(seen.rng, 0.5, seen.size), short, street.str.replace("ß", "ss", regex=False))
    )
    seen.write("street", seen.happens("street_variant"), variant, "street_variant")


def _birth_date(seen: Observation) -> None:
    born = pd.Series(seen.true("birth_date"), dtype=object)
    seen.fields["birth_date"] = as_text(np.where(seen.happens("has_birth_date"), born, ""))
    can_swap = (born.str[8:10] <= "12").to_numpy(dtype=bool)
    swapped = born.str[:5] + born.str[8:10] + "-" + born.str[5:7]
    next_year = (born.str[:4].astype(int) + 1).astype(str) + born.str[4:].str.replace("-02-29", "-02-28")
    wrong = as_text(np.where(can_swap, swapped, next_year))
    seen.write("birth_date", seen.happens("birth_date_error"), wrong, "birth_date_error")
    placeholder = seen.draw(PLACEHOLDER_BIRTH_DATES)
    seen.write("birth_date", seen.happens("placeholder_birth_date"), placeholder, "placeholder_birth_date")


def _family_flags(seen: Observation) -> None:
    """Flag who is hard to tell apart, on each of their records."""
    seen.flag(seen.people["is_twin"].to_numpy(dtype=bool), "twins")
    namesakes = seen.people["is_junior"].to_numpy(dtype=bool) | seen.people["has_junior"].to_numpy(dtype=bool)
    seen.flag(namesakes, "parent_and_child_of_one_name")
