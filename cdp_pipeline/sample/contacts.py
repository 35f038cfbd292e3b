"""How people can be reached: e-mail addresses, phones and postal addresses, own and shared by a household."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdp_pipeline.sample.pools import (
    Ints,
    Text,
    as_text,
    chance,
    digits,
    load_yaml,
    nicknames,
    pick,
    stream,
    zipf,
)
from cdp_pipeline.sample.spelling import lower, strip_accents, transliterate

EMAIL_DOMAINS = {
    "example.com": 0.30, "example.org": 0.16, "example.net": 0.16, "mail.example.com": 0.14,
    "web.example.net": 0.10, "post.example.org": 0.07, "gmail.com": 0.05, "gmx.de": 0.02,
}  # fmt: skip
REAL_DOMAINS = ("gmail.com", "gmx.de")
SHARED_EMAIL_HOUSEHOLDS = 0.36
LANDLINE_HOUSEHOLDS = 0.75
SECOND_EMAIL_SHARE = 0.25
MOVED_SHARE = 0.08

# Ranges that the regulators keep for fiction come first; once they are used up, plausible numbers follow.
# Numbers ending in a double digit and 176 04069050 to 59 belong to the cast.
_FICTION_MOBILE_DE = ("171 39200", "176 040690")
_MOBILE = {
    "DE": ("+49", ("170", "171", "175", "160"), 7),
    "AT": ("+43", ("664", "676", "699"), 7),
    "CH": ("+41", ("76", "78", "79"), 7),
    "GB": ("+44", ("7400", "7401", "7402"), 6),
    "US": ("+1", ("212", "312", "512"), 7),
    "FR": ("+33", ("612", "678"), 6),
}
_FICTION_LANDLINE_DE = {"30": "23125", "69": "90009", "40": "66969", "221": "4710", "89": "99998"}


def add_contacts(world: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Give each person of `world` ways to be reached.

    Returns:
        `world` with the columns email, email_second, email_shared, mobile, landline, street, postcode, city,
        region, and old_street, old_postcode, old_city, old_region of those who moved; empty if none.
    """
    rng = stream(seed, "contacts")
    world = _add_emails(rng, world.copy())
    world["mobile"] = _mobiles(rng, world["country"].to_numpy(dtype=object))
    world["landline"] = _landlines(rng, world)
    household = world["household"].to_numpy()
    for column, values in draw_addresses(rng, world["country"].to_numpy(dtype=object)).items():
        world[column] = as_text(
            pd.Series(values, dtype=object).groupby(household).transform("first").to_numpy()
        )
    moved = chance(rng, MOVED_SHARE, len(world))
    # A household's head takes part of the others along: both movers and leavers exist.
    for column, values in draw_addresses(rng, world["country"].to_numpy(dtype=object)).items():
        world["old_" + column] = as_text(np.where(moved, values, ""))
    return world


def _add_emails(rng: np.random.Generator, world: pd.DataFrame) -> pd.DataFrame:
    size = len(world)
    serial = np.arange(size)
    own = _addresses_of(rng, world, serial)
    second = _addresses_of(rng, world, serial + size)
    family = lower(transliterate(world["family"].to_numpy(dtype=object)))
    prefix = pick(rng, {"familie.": 0.6, "die.": 0.2, "family.": 0.2}, size)
    shared = _with_domain(rng, prefix + family, serial)
    uniform = pd.Series(_distinct(np.concatenate([own, second, shared])), dtype=object)
    world["email"] = uniform[:size].to_numpy()
    world["email_second"] = np.where(chance(rng, SECOND_EMAIL_SHARE, size), uniform[size : 2 * size], "")
    household = world["household"].to_numpy()
    by_household = uniform[2 * size :].groupby(household).transform("first").to_numpy()
    has_shared = chance(rng, SHARED_EMAIL_HOUSEHOLDS, size)[household]
    is_multi = world.groupby("household")["household"].transform("size").to_numpy() > 1
    world["email_shared"] = as_text(np.where(has_shared & is_multi, by_household, ""))
    return world


def _addresses_of(rng: np.random.Generator, world: pd.DataFrame, serial: Ints) -> Text:
    """Build personal e-mail addresses from names in the patterns people use."""
    size = len(world)
    formal = world["given"].to_numpy(dtype=object)
    given = lower(transliterate(formal))
    nickname = lower(transliterate(as_text(pd.Series(formal, dtype=object).replace(nicknames()))))
    family = lower(strip_accents(transliterate(world["family"].to_numpy(dtype=object))))
    family = as_text(pd.Series(family, dtype=object).str.replace(r"[^a-z-]", "", regex=True))
    initial = as_text(pd.Series(given, dtype=object).str[:1])
    year = as_text(world["birth_date"].str[2:4].to_numpy(dtype=object))
    patterns = [
        given + "." + family, initial + "." + family, given + family + year, nickname + "." + family,
        given + "." + family + year, family + "." + given, nickname + year, initial + family,
    ]  # fmt: skip
    choice = rng.choice(len(patterns), size=size, p=[0.32, 0.12, 0.12, 0.10, 0.14, 0.08, 0.06, 0.06])
    return _with_domain(rng, as_text(np.choose(choice, patterns)), serial)


def _with_domain(rng: np.random.Generator, local: Text, serial: Ints) -> Text:
    """Append a domain; where it is a real provider's, the local part says that it is a sample."""
    domain = pick(rng, EMAIL_DOMAINS, len(local))
    marked = local + ".sample" + digits(serial, 6)
    return as_text(as_text(np.where(np.isin(domain, REAL_DOMAINS), marked, local)) + "@" + domain)


def _distinct(emails: Text) -> Text:
    """Number the repetitions of an address before its @: nobody owns another person's address."""
    series = pd.Series(emails, dtype=object)
    repeated = series.groupby(series).cumcount().to_numpy()
    parts = series.str.split("@", n=1, expand=True)
    # Two digits and a dot: a plain counter could meet a birth year that another pattern wrote.
    suffix = as_text(np.where(repeated > 0, "." + digits(repeated + 1), ""))
    return as_text(as_text(parts[0]) + suffix + "@" + as_text(parts[1]))


def _mobiles(rng: np.random.Generator, country: Text) -> Text:
    """Give everyone a mobile of the own country, distinct, as `+49 171 3920012`."""
    result = as_text(np.full(len(country), ""))
    for name, (code, areas, width) in _MOBILE.items():
        members = np.flatnonzero(country == name)
        serial = np.arange(len(members))
        # A multiplier that is coprime to 10 ** width walks through all numbers without repeating one.
        number = (serial // len(areas) * 7_368_787 + 2_345_671) % 10**width
        if name == "US":
            number = 5_550_100 + serial // len(areas) % 100 + 10_000 * (serial // (100 * len(areas)) % 300)
        result[members] = code + " " + as_text(areas)[serial % len(areas)] + " " + digits(number, width)
        if name == "DE":
            tails = [tail for tail in range(100) if tail % 11 and tail // 10 != 5]
            fiction = [f"+49 {head}{tail:02d}" for head in _FICTION_MOBILE_DE for tail in tails]
            order = rng.permutation(len(fiction))[: len(members)]
            result[members[: len(order)]] = as_text(fiction)[order]
    return result


def _landlines(rng: np.random.Generator, world: pd.DataFrame) -> Text:
    """Give most households one German-style landline number; elsewhere landlines are left out."""
    household = world["household"].to_numpy()
    serial = household % 100_000
    area = pick(rng, dict.fromkeys(_FICTION_LANDLINE_DE, 1.0), len(world))
    head = as_text(pd.Series(area, dtype=object).map(_FICTION_LANDLINE_DE))
    # The regulator's fictional blocks hold 1,000 numbers each; the first 100 are the cast's and the stores'.
    # More households than that get two digits more.
    tail = np.where(serial < 900, digits(serial % 900 + 100), digits(serial, 5))
    number = pd.Series("+49 " + area + " " + head + as_text(tail), dtype=object)
    per_household = as_text(number.groupby(household).transform("first").to_numpy())
    has_one = chance(rng, LANDLINE_HOUSEHOLDS, len(world))[household] & (world["country"] == "DE").to_numpy()
    return as_text(np.where(has_one, per_household, ""))


def draw_addresses(rng: np.random.Generator, country: Text) -> dict[str, Text]:
    """Draw one postal address per entry of `country`: street (with house number), postcode, city, region."""
    result = {
        column: as_text(np.full(len(country), "")) for column in ("street", "postcode", "city", "region")
    }
    for name, place in load_yaml("places.yml").items():
        members = np.flatnonzero(country == name)
        size = len(members)
        cities = pd.DataFrame(place["cities"])
        at = zipf(rng, [str(i) for i in range(len(cities))], size, exponent=1.0).astype(np.int64)
        first = cities["postcodes"].str[0].to_numpy()[at]
        offset = (rng.random(size) * cities["postcodes"].str[1].to_numpy()[at]).astype(np.int64)
        letters = cities["letters"].to_numpy(dtype=object)[at] if name == "GB" else as_text(np.full(size, ""))
        result["postcode"][members] = _postcodes(name, letters, first.astype(np.int64) + offset)
        result["city"][members] = cities["city"].to_numpy(dtype=object)[at]
        result["region"][members] = cities["region"].to_numpy(dtype=object)[at]
        streets = zipf(rng, place["streets"], size)
        number = digits(rng.integers(1, 140, size)) + pick(rng, {"": 0.88, "a": 0.07, "b": 0.05}, size)
        in_front = name in {"GB", "US", "FR"}
        result["street"][members] = number + " " + streets if in_front else streets + " " + number
    return result


def _postcodes(country: str, letters: Text, number: Ints) -> Text:
    if country == "GB":
        alphabet = as_text(list("ABDEFGHJLN"))
        inward = digits(number % 9 + 1) + alphabet[number % 10] + alphabet[number // 10 % 10]
        return as_text(letters + digits(number % 20 + 1) + " " + inward)
    return digits(number, 5 if country in {"DE", "US", "FR"} else 4)
